"""TensorFlow without its chatter."""

import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module


@contextmanager
def quiet() -> Iterator[None]:
    """Keep what native libraries write to stderr off the terminal; show it if the work inside fails."""
    sys.stderr.flush()
    with tempfile.TemporaryFile() as aside:
        kept = os.dup(2)
        os.dup2(aside.fileno(), 2)
        failed = True
        try:
            yield
            failed = False
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
            if failed:
                aside.seek(0)
                sys.stderr.write(aside.read().decode(errors="replace"))


def load_tensorflow() -> None:
    """Import TensorFlow, which takes seconds and talks, before anything else does."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with quiet():
        import_module("tensorflow")
        import_module("keras").utils.disable_interactive_logging()  # it prints to stdout that a loss is no number
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
