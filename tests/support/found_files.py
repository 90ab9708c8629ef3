"""Files as `linewatch send` finds them in a folder."""

import os
from pathlib import Path, PurePath

from service.send.files import FoundFile, State


def found(path: Path, below: str | None = None) -> FoundFile:
    """A file that is there; `below` is its path below the folder, where that is not its name."""
    return FoundFile(path, PurePath(below or path.name), os.fsencode(os.path.realpath(path)), State.of(path.stat()))


def imagined(name: str, modified_ns: int = 0, size: int = 1) -> FoundFile:
    """A file that is nowhere."""
    return FoundFile(Path("/camera") / name, PurePath(name), f"/camera/{name}".encode(), State(size, modified_ns, 0, 7))
