"""A file as it was found in a folder, and reading it whole: never half of one that is being written."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import NamedTuple, Self

from service.scoring.decoding import check_size
from service.scoring.image import ImageLimits, ImageRejected, Reason


class State(NamedTuple):
    """What the file system says of a file. Whoever writes to it changes at least one of these."""

    size: int
    modified_ns: int
    changed_ns: int
    inode: int

    @classmethod
    def of(cls, found: os.stat_result) -> Self:
        """From the answer of `stat`."""
        return cls(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)

    def is_same_content(self, other: "State") -> bool:
        """Whether size and time of writing agree; a rename changes the others, and some shares number files anew."""
        return (self.size, self.modified_ns) == (other.size, other.modified_ns)


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file whose name is that of an image."""

    path: Path
    below: PurePath
    """Its path below the folder that is sent; of a file that was given itself, its name."""
    identity: bytes
    """Its absolute path, in bytes, with links in that of the folder resolved."""
    state: State


class Unsettled(Exception):  # noqa: N818 - an event
    """The file changed, or cannot be read at present: it is looked at again later."""


def read_whole(file: FoundFile, limits: ImageLimits) -> bytes:
    """The bytes of a file that is as it was found, before and after it is read.

    Raises:
        Unsettled: if it changed, is gone, or cannot be read; the message says which.
        ImageRejected: if it is no regular file, or has no bytes or too many, which are not read then.
    """
    try:
        descriptor = os.open(file.path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as opened:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise ImageRejected(
                    Reason.UNSUPPORTED_FORMAT,
                    "expected an image file, found a folder, FIFO or device with the name of one; remove it",
                )
            check_size(found.st_size, limits)
            _check_unchanged(file.state, found)
            data = opened.read(found.st_size + 1)
            _check_unchanged(file.state, os.fstat(descriptor))
    except OSError as error:
        raise Unsettled(f"it cannot be read: {error.strerror or error}") from error
    if len(data) != file.state.size:
        raise Unsettled("it changed while it was read")
    return data


def _check_unchanged(state: State, found: os.stat_result) -> None:
    if State.of(found) != state:
        raise Unsettled("it changed while it was read")
