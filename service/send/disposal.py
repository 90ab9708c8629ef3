"""What becomes of a file that was sent, or that cannot be an image: kept, moved or deleted; never another in its place.

A camera may write a new picture under the same name at any moment. So a file is first taken away from its name, and
then looked at: if it is another one than was sent, it is put back.
"""

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import BinaryIO, Literal

from service.send.files import FoundFile, State

REJECTED = ".rejected"
"""Folder in the one that is sent, hidden, so that no command takes what is in it for images of the line."""

Mode = Literal["keep", "move", "delete"]


class NotNow(Exception):  # noqa: N818 - an event
    """The file could not be moved or deleted; the message says why. It is tried again later."""


class Replaced(Exception):  # noqa: N818 - an event
    """There is another file of that name now, or none any more."""


class Disposal:
    """Does with files what was asked for."""

    def __init__(self, mode: Mode, move_to: Path | None, rejected_to: Path | None) -> None:
        """`move_to` is for files that were sent, `rejected_to` for others; None is `.rejected` in their folder."""
        self._mode = mode
        self._move_to = move_to
        self._rejected_to = rejected_to

    @property
    def keeps(self) -> bool:
        """Whether files that were sent stay where they are."""
        return self._mode == "keep"

    def dispose(self, file: FoundFile) -> None:
        """Move or delete a file that was sent.

        Raises:
            NotNow: if that is not possible at present; nothing is changed then.
            Replaced: if it is no longer that file.
        """
        if self._mode == "move" and self._move_to is not None:
            move(file, self._move_to)
        elif self._mode == "delete":
            with _explained():
                _take_away(file)

    def reject(self, file: FoundFile) -> Path:
        """Move a file aside that cannot be an image; gives where it is now.

        Raises:
            NotNow: if that is not possible at present; nothing is changed then.
            Replaced: if it is no longer that file.
        """
        depth = len(file.below.parts)
        root = file.path.parents[depth - 1]
        return move(file, self._rejected_to or root / REJECTED, follow=False)


def move(file: FoundFile, folder: Path, *, follow: bool = True) -> Path:
    """Move a file into a folder, below which it has its path; one of that name there stays. Gives where it is now.

    Args:
        file: what was found, maybe a link.
        folder: where to.
        follow: whether a link is replaced by a copy of what it leads to; otherwise the link itself is moved.

    Raises:
        NotNow, Replaced: as `Disposal.dispose`.
    """
    with _explained():
        target = folder / file.below
        target.parent.mkdir(parents=True, exist_ok=True)
        place = _reserve(target)
        try:
            if (follow and file.path.is_symlink()) or not _is_one_device(file.path.parent, place.parent):
                _copy(file, place)
                _take_away(file)
                return place
            file.path.rename(place)
        except BaseException as error:
            with suppress(OSError):
                place.unlink()
            if isinstance(error, FileNotFoundError):
                raise Replaced from None
            raise
        _check_taken(place, file)
        return place


def _reserve(target: Path) -> Path:
    """An empty file of that name, or of one with a number where that is taken, so that nothing is written over."""
    for number in count(1):
        place = target if number == 1 else target.with_name(f"{target.stem}~{number}{target.suffix}")
        try:
            os.close(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666))
        except FileExistsError:
            continue
        return place
    raise AssertionError("numbers do not end")


def _is_one_device(one: Path, other: Path) -> bool:
    return one.stat().st_dev == other.stat().st_dev


def _copy(file: FoundFile, place: Path) -> None:
    """Copy the bytes and the time of writing, down to the disk, under a hidden name until all are there."""
    hidden = place.with_name(f".linewatch-{os.getpid()}.part")
    try:
        with _opened(file) as source, hidden.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
            target.flush()
            os.fsync(target.fileno())
        os.utime(hidden, ns=(file.state.modified_ns, file.state.modified_ns))
        hidden.rename(place)
    except BaseException:
        with suppress(OSError):
            hidden.unlink()
        raise


@contextmanager
def _opened(file: FoundFile) -> Iterator[BinaryIO]:
    """The file if it still is that one, and a regular one: a device has no end."""
    descriptor = os.open(file.path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as opened:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OSError("it is no regular file")
        if not State.of(found).is_same_content(file.state):
            raise Replaced
        yield opened


def _take_away(file: FoundFile) -> None:
    """Delete a file; a link alone, and not what it leads to."""
    taken = file.path.with_name(f".linewatch-{os.getpid()}-{file.state.inode}")
    try:
        file.path.rename(taken)
    except FileNotFoundError:
        raise Replaced from None
    _check_taken(taken, file)
    taken.unlink()


def _check_taken(taken: Path, file: FoundFile) -> None:
    """If this is another file, give it back its name, or one beside it where there is yet another by now."""
    if taken.is_symlink() or State.of(taken.lstat()).is_same_content(file.state):
        return
    taken.rename(_reserve(file.path))
    raise Replaced


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NotNow(error.strerror or str(error)) from error
