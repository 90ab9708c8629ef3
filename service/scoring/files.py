"""Bounded reads of the store's files: only regular files, never more than a limit, never waiting for a writer."""

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

CHUNK = 1 << 20


def read_file(path: Path, most: int) -> bytes:
    """Read a whole file of at most `most` bytes.

    Raises:
        OSError: if it cannot be read, is larger, or is no regular file (a folder, FIFO or device would hang a reader).
    """
    with _opened(path, most) as file:
        content = file.read(most + 1)  # it may still grow
    _check_size(len(content), most)
    return content


def file_digest(path: Path, most: int) -> str:
    """The SHA-256 of a file of at most `most` bytes, in hexadecimal digits.

    Raises:
        OSError: as `read_file`.
    """
    found, size = hashlib.sha256(), 0
    with _opened(path, most) as file:
        while chunk := file.read(CHUNK):
            size += len(chunk)
            _check_size(size, most)
            found.update(chunk)
    return found.hexdigest()


@contextmanager
def _opened(path: Path, most: int) -> Iterator[BinaryIO]:
    _check(path.stat(), most)  # before it is opened: to open a device may do something
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    with os.fdopen(descriptor, "rb") as file:
        _check(os.fstat(descriptor), most)  # it may have been replaced meanwhile
        yield file


def _check(found: os.stat_result, most: int) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise OSError("no regular file")
    _check_size(found.st_size, most)


def _check_size(size: int, most: int) -> None:
    if size > most:
        raise OSError(f"larger than {most} bytes")
