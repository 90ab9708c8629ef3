"""One decoding worker, as the service sees it."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence

from service.scoring.image import ImageLimits, ImageRejected
from service.scoring.workers.frames import receive, send, unpack
from service.scoring.workers.prepare import Prepared
from service.scoring.workers.worker import READY

START_SECONDS = 60.0
WALL_FACTOR = 6.0
"""How many times its CPU time an image may take on a busy machine."""
PROGRAM = ("-m", "service.scoring.workers.worker")

_KEPT_TEXT = 2000


class WorkersFailedError(RuntimeError):
    """Decoding workers do not start; this is no image's fault."""


class WorkerLost(Exception):  # noqa: N818 - an outcome
    """A worker died or was killed over an image; `slow` if the image took too much CPU time."""

    def __init__(self, why: str, *, slow: bool) -> None:
        super().__init__(why)
        self.slow = slow


class WorkerProcess:
    """A child that prepares images; it inherits nothing but its socket and a pipe for what libraries print."""

    def __init__(self, limits: ImageLimits, seconds: float, program: Sequence[str] = PROGRAM) -> None:
        """Start it; `ask` waits until it is ready. `seconds` is what one image may take."""
        self._wall_seconds = WALL_FACTOR * seconds
        self._ready = False
        self._socket, theirs = socket.socketpair()
        self._printed, printing = os.pipe()
        os.set_blocking(self._printed, False)
        os.set_blocking(printing, False)  # what does not fit is lost: nobody waits for a reader
        values = (theirs.fileno(), os.getpid(), limits.max_bytes, limits.max_pixels, seconds)
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-P", "-X", "faulthandler", *program, *map(str, values)],
                stdin=subprocess.DEVNULL,
                stdout=printing,
                stderr=printing,
                pass_fds=[theirs.fileno()],
                env=_environment(),
            )
        except OSError as error:
            raise _failed(str(error)) from error
        finally:
            theirs.close()
            os.close(printing)

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, data: bytes, specs: Sequence[bytes]) -> Prepared | ImageRejected:
        """Have an image prepared.

        Raises:
            WorkerLost: if the worker is no more; `close` it.
            WorkersFailedError: if it did not start.
        """
        self._await_start()
        try:
            self._socket.settimeout(self._wall_seconds)
            send(self._socket, [data, *specs])
            return unpack(receive(self._socket))
        except TimeoutError as error:
            raise WorkerLost(f"no answer in {self._wall_seconds:g} s", slow=False) from error
        except (OSError, LookupError, ValueError, StopIteration) as error:
            ended = self._end()
            slow = ended == -signal.SIGPROF
            raise WorkerLost(signal.Signals(-ended).name if ended < 0 else f"exit {ended}", slow=slow) from error

    def printed(self) -> str:
        """What libraries printed since the last call, its beginning; empty if nothing."""
        text = b""
        try:
            while more := os.read(self._printed, 1 << 16):
                text += more[: _KEPT_TEXT - len(text)]
        except BlockingIOError:
            pass
        return text.decode(errors="backslashreplace").strip()

    def close(self) -> None:
        """Kill it."""
        self._process.kill()
        self._process.wait()
        self._socket.close()
        os.close(self._printed)

    def _await_start(self) -> None:
        if self._ready:
            return
        self._socket.settimeout(START_SECONDS)
        try:
            self._ready = receive(self._socket) == [READY]
        except OSError as error:
            raise _failed(self.printed() or str(error)) from error

    def _end(self) -> int:
        """Its exit status, once its socket has ended."""
        try:
            return self._process.wait(timeout=START_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


def _failed(found: str) -> WorkersFailedError:
    return WorkersFailedError(
        f"expected a decoding process to start, found: {found}; "
        "look at the memory and the number of processes that the service may use"
    )


def _environment() -> dict[str, str]:
    """Ours, without our settings: what decodes the bytes of strangers need not know the passwords.

    OpenCV has a limit of pixels of its own, which it reads as it is loaded; ours decides.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.upper().startswith("LINEWATCH_")}
    return {
        **inherited,
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "OPENCV_IO_MAX_IMAGE_PIXELS": str(1 << 40),
    }
