"""Memory that the service shares with one decoding worker: images and pixels need not go through a socket."""

import fcntl
import mmap
import os

SHARED_BYTES = 4 * 1024 * 1024
"""An image and its pixels; what does not fit goes through the socket. Only what is used takes memory."""


class Shared:
    """One worker's shared memory: without a name in any file system, and of a size that neither side can change."""

    def __init__(self) -> None:
        """Where the system has no such memory, `view` is None and `descriptors` are none."""
        self.descriptors: list[int] = []
        self.view: memoryview | None = None
        try:
            descriptor = os.memfd_create("linewatch", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        except (AttributeError, OSError):  # another system than Linux, or one that forbids it
            return
        os.ftruncate(descriptor, SHARED_BYTES)
        # A file that the worker could cut short would end the service at its next access.
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
        self.descriptors, self.view = [descriptor], mapped(descriptor)

    def close_descriptors(self) -> None:
        """Once the worker has them; the memory stays."""
        for descriptor in self.descriptors:
            os.close(descriptor)
        self.descriptors = []


def mapped(descriptor: int) -> memoryview:
    """The memory behind a descriptor."""
    return memoryview(mmap.mmap(descriptor, SHARED_BYTES))
