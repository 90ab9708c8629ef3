"""One decoding worker, as the service sees it."""

import signal
import socket
from collections.abc import Sequence

from service.scoring.image import ImageRejected
from service.scoring.workers.forking import WorkersFailedError, WorkerTemplate, failed
from service.scoring.workers.frames import receive, send, unpack
from service.scoring.workers.prepare import Prepared
from service.scoring.workers.printed import Printed
from service.scoring.workers.shared import Shared

START_SECONDS = 60.0
WALL_FACTOR = 6.0
"""How many times its CPU time an image may take on a busy machine."""


class WorkerLost(Exception):  # noqa: N818 - an outcome
    """A worker died or was killed over an image; `slow` if the image took too much CPU time."""

    def __init__(self, why: str, *, slow: bool) -> None:
        super().__init__(why)
        self.slow = slow


class WorkerProcess:
    """A process that prepares images; it inherits its socket, memory to share, and a pipe for what libraries print."""

    def __init__(self, template: WorkerTemplate, seconds: float) -> None:
        """Have it forked; `ask` waits until it is ready. `seconds` is the CPU time that one image may take.

        Raises:
            WorkersFailedError: if the system starts no process.
        """
        self._template = template
        self._wall_seconds = WALL_FACTOR * seconds
        self._pid: int | None = None
        self._pipe = Printed()
        self._shared = Shared()
        self._socket, theirs = socket.socketpair()
        try:
            template.fork([theirs.fileno(), self._pipe.writing, *self._shared.descriptors])
        except WorkersFailedError:
            self.close()
            raise
        finally:
            theirs.close()
            self._shared.close_descriptors()
            self._pipe.keep_reading_end()

    def ask(self, data: bytes, specs: Sequence[bytes]) -> Prepared | ImageRejected:
        """Have an image prepared.

        Raises:
            WorkerLost: if the worker is no more; `close` it.
            WorkersFailedError: if it did not start.
        """
        pid = self.pid()
        try:
            self._socket.settimeout(self._wall_seconds)
            send(self._socket, [data, *specs], self._shared.view)
            return unpack(receive(self._socket, self._shared.view))
        except TimeoutError as error:
            raise WorkerLost(f"no answer in {self._wall_seconds:g} s", slow=False) from error
        except (OSError, LookupError, ValueError, StopIteration) as error:
            self._pid = None
            ended = self._template.end(pid)
            slow = ended == -signal.SIGPROF
            raise WorkerLost(signal.Signals(-ended).name if ended < 0 else f"exit {ended}", slow=slow) from error

    def pid(self) -> int:
        """Its process id, once it is ready.

        Raises:
            WorkersFailedError: if it did not start.
        """
        if self._pid is None:
            self._socket.settimeout(START_SECONDS)
            try:
                (pid,) = receive(self._socket)
                self._pid = int(pid)
            except (OSError, ValueError) as error:
                raise failed(self.printed() or self._template.printed() or str(error)) from error
        return self._pid

    def printed(self) -> str:
        """What libraries printed since the last call, its beginning; empty if nothing."""
        return self._pipe.read()

    def close(self) -> None:
        """Kill it."""
        if self._pid is not None:
            self._template.end(self._pid)
        self._socket.close()
        self._pipe.close()
