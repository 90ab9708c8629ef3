"""Decoding workers for tests: in this process, or with a decoder that misbehaves."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from textwrap import indent

from service.scoring.image import ImageLimits
from service.scoring.input_spec import InputSpec
from service.scoring.workers.forking import WorkerTemplate
from service.scoring.workers.pool import DecodeWorkers
from service.scoring.workers.prepare import Prepared, prepare

LIMITS = ImageLimits(max_bytes=1_000_000, max_pixels=1_000_000)


class LocalWorkers(DecodeWorkers):
    """Decodes in the thread that asks."""

    def __init__(self, limits: ImageLimits = LIMITS) -> None:
        super().__init__(0, limits, 10.0)
        self._local = limits

    def prepare(self, data: bytes, specs: Sequence[InputSpec], source: str) -> Prepared:
        del source
        return prepare(data, self._local, specs)


BAD = b"bad"
"""What the images begin with that a misbehaving worker misbehaves on."""


@contextmanager
def workers_that(do: str, folder: Path, seconds: float = 10.0, limits: ImageLimits = LIMITS) -> Iterator[DecodeWorkers]:
    """One worker that runs the statements `do` before it decodes what follows BAD."""
    program = folder / "worker.py"
    program.write_text(
        "import ctypes, os, pathlib, sys, time\n"
        "import numpy as np\n"
        "from service.scoring.workers import prepare, template\n"
        "def misbehaving(data, limits, specs):\n"
        f"    if data.startswith({BAD!r}):\n" + indent(do, " " * 8) + "\n"
        f"    return prepare.prepare(data.removeprefix({BAD!r}), limits, specs)\n"
        "template.main(misbehaving)\n"
    )
    workers = DecodeWorkers(1, limits, seconds, WorkerTemplate(limits, seconds, [str(program)]))
    try:
        yield workers
    finally:
        workers.close()
