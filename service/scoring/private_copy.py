"""A private copy of bytes that a runtime maps into memory: no change in the store reaches what was verified."""

import os
import tempfile
import weakref
from pathlib import Path


class PrivateCopy:
    """Bytes in a file without a name, which lasts as long as this object.

    Mapped from the store itself they could be altered after they were verified, end the process by SIGBUS where the
    file is cut short, and hang it where the file server is away.
    """

    def __init__(self, content: bytes) -> None:
        """Write the copy: on the disk of temporary files, or in memory if there is none or no room on it."""
        try:
            descriptor = _on_disk(content)
        except OSError:
            descriptor = _written(os.memfd_create("linewatch"), content)
        self.path = Path(f"/proc/self/fd/{descriptor}")
        """Of the copy, for this process alone."""
        weakref.finalize(self, os.close, descriptor)


def _on_disk(content: bytes) -> int:
    with tempfile.TemporaryFile(buffering=0) as file:
        return _written(os.dup(file.fileno()), content)


def _written(descriptor: int, content: bytes) -> int:
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.write(content)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
