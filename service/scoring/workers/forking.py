"""The template of the decoding workers, as the service sees it: has them forked, and ended."""

import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Sequence

from service.errors import Failure
from service.scoring.image import ImageLimits
from service.scoring.workers.printed import Printed

REQUEST = struct.Struct("!i")
"""FORK, with the descriptors of the worker's socket, pipe and shared memory; or the id of a worker to end."""
ANSWER = struct.Struct("!i")
"""To the latter alone: how that worker ended, as `subprocess` has it; a signal is negative."""
FORK = 0

KEPT_BYTES, LARGE_BYTES = 32 * 1024 * 1024, 16 * 1024 * 1024
"""Of the memory that an image took, so much stays with a worker for the next one; but nothing of larger pieces."""

_KEEPING = {"MALLOC_TRIM_THRESHOLD_": str(KEPT_BYTES), "MALLOC_MMAP_THRESHOLD_": str(LARGE_BYTES)}
"""For glibc: left to itself it gives memory back after each image, and takes the same again for the next one."""

PROGRAM = ("-m", "service.scoring.workers.template")


class WorkersFailedError(Failure, RuntimeError):
    """Decoding workers do not start; this is no image's fault."""


class WorkerTemplate:
    """The process that workers are forked from: started when first needed, and again if something killed it.

    Use it from any thread. It inherits nothing but its socket and a pipe for what libraries print.
    """

    def __init__(self, limits: ImageLimits, seconds: float, program: Sequence[str] = PROGRAM) -> None:
        """Starts nothing yet. `seconds` is the CPU time that one image may take."""
        self._program = [*program]
        self._values = (limits.max_bytes, limits.max_pixels, seconds)
        self._lock = threading.Lock()
        self._process: _Process | None = None

    def start(self) -> None:
        """Start it, if it does not run; it needs some tenths of a second to import, and nobody waits for it here.

        Raises:
            WorkersFailedError: if the system starts no process.
        """
        with self._lock:
            self._started()

    def fork(self, descriptors: Sequence[int]) -> None:
        """Have a worker forked that is given its socket and the pipe it prints to; nobody waits for it here.

        Raises:
            WorkersFailedError: if the system starts no process.
        """
        with self._lock:
            try:
                self._started().fork(descriptors)
            except OSError:  # something killed it, and so all its workers
                self._close()
                try:
                    self._started().fork(descriptors)
                except OSError as error:
                    raise failed(str(error)) from error

    def end(self, pid: int) -> int:
        """Kill a worker, unless it has just ended; returns its exit code, or its signal as a negative number."""
        with self._lock:
            try:
                return -signal.SIGKILL if self._process is None else self._process.end(pid)
            except OSError:  # its workers die with it
                return -signal.SIGKILL

    def printed(self) -> str:
        """What was printed at its start, its beginning."""
        with self._lock:
            return self._process.printed() if self._process else ""

    def close(self) -> None:
        """Kill it, and with it its workers."""
        with self._lock:
            self._close()

    def _started(self) -> "_Process":
        if self._process is None:
            try:
                self._process = _Process(self._program, self._values)
            except OSError as error:
                raise failed(str(error)) from error
        return self._process

    def _close(self) -> None:
        if self._process is not None:
            self._process.close()
        self._process = None


class _Process:
    """One life of the template."""

    def __init__(self, program: Sequence[str], values: Sequence[float]) -> None:
        self._socket, theirs = socket.socketpair()
        self._pipe = Printed()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-P", "-X", "faulthandler", *program]
                + [str(each) for each in (theirs.fileno(), os.getpid(), *values)],
                stdin=subprocess.DEVNULL,
                stdout=self._pipe.writing,
                stderr=self._pipe.writing,
                pass_fds=[theirs.fileno()],
                env=_environment(),
            )
        except OSError:
            self._socket.close()
            self._pipe.close()
            raise
        finally:
            theirs.close()
            self._pipe.keep_reading_end()

    def fork(self, descriptors: Sequence[int]) -> None:
        socket.send_fds(self._socket, [REQUEST.pack(FORK)], descriptors)

    def end(self, pid: int) -> int:
        self._socket.sendall(REQUEST.pack(pid))
        answer = self._socket.recv(ANSWER.size, socket.MSG_WAITALL)
        if len(answer) < ANSWER.size:
            raise ConnectionError("expected how a worker ended, found its template gone")
        return int(ANSWER.unpack(answer)[0])

    def printed(self) -> str:
        return self._pipe.read()

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._socket.close()
        self._pipe.close()


def failed(found: str) -> WorkersFailedError:
    """The error of workers that do not start."""
    return WorkersFailedError(
        f"expected a decoding process to start, found: {found}; "
        "look at the memory and the number of processes that the service may use"
    )


def _environment() -> dict[str, str]:
    """Ours, without our settings: what decodes the bytes of strangers need not know the passwords.

    Without threads of OpenBLAS and OpenMP: as many images are decoded at a time as there are workers, and a fork is
    safe.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.upper().startswith("LINEWATCH_")}
    return {**inherited, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", **_KEEPING}
