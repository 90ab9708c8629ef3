"""Imported by Python at its start where this folder is on PYTHONPATH: the store hangs as a dead network share does.

It hangs for as long as the file named by HANGING is there.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path

_iterdir = Path.iterdir
_hanging = Path(os.environ["HANGING"])


def _hang(folder: Path) -> Iterator[Path]:
    while str(folder) == os.environ["LINEWATCH_STORE"] and _hanging.exists():
        time.sleep(0.01)
    return _iterdir(folder)


Path.iterdir = _hang  # type: ignore[method-assign, assignment] # that is what this file is for
