"""The template of the decoding workers (a fork server): it imports what decoding needs once, and forks them.

So workers share its memory and are there in a millisecond. It decodes nothing itself and has one thread, so that a
fork is safe. It is started by `service/scoring/workers/forking.py` and dies with the process that started it.
"""

import gc
import importlib
import os
import signal
import socket
import sys
import traceback
from contextlib import suppress
from typing import NoReturn

from service.scoring.image import ImageLimits
from service.scoring.workers.forking import ANSWER, FORK, REQUEST
from service.scoring.workers.prepare import prepare
from service.scoring.workers.shared import mapped
from service.scoring.workers.worker import Prepare, die_with, serve


def main(prepare: Prepare = prepare) -> None:
    """Serve the socket that the command line names: descriptor, parent, bytes, pixels, seconds."""
    descriptor, parent, max_bytes, max_pixels = map(int, sys.argv[1:5])
    limits, seconds = ImageLimits(max_bytes, max_pixels), float(sys.argv[5])
    for ignored in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)  # sent to the whole group; the service finishes its batch first
    die_with(parent)
    _import_extras()
    gc.freeze()  # or the first collection of each worker would write to, and so copy, all that they share
    with socket.socket(fileno=descriptor) as requests:
        while True:
            request, descriptors, _, _ = socket.recv_fds(requests, REQUEST.size, 3)
            if len(request) < REQUEST.size:
                return
            (pid,) = REQUEST.unpack(request)
            if pid == FORK:
                _fork(requests, descriptors, limits, seconds, prepare)
            else:
                requests.sendall(ANSWER.pack(_end(pid)))


def _import_extras() -> None:
    """Import what only some bundles need, where it is installed: libraries are larger than a worker's bounds allow."""
    with suppress(ImportError):
        importlib.import_module("service.scoring.stretched")


def _fork(
    requests: socket.socket, descriptors: list[int], limits: ImageLimits, seconds: float, prepare: Prepare
) -> None:
    own, printing, *memory = descriptors
    template = os.getpid()
    if os.fork() == 0:
        requests.close()
        for stream in (sys.stdout, sys.stderr):
            os.dup2(printing, stream.fileno())
        os.close(printing)
        shared = mapped(memory[0]) if memory else None
        for each in memory:
            os.close(each)
        _be_a_worker(own, shared, template, limits, seconds, prepare)
    for each in descriptors:
        os.close(each)


def _be_a_worker(
    descriptor: int, shared: memoryview | None, template: int, limits: ImageLimits, seconds: float, prepare: Prepare
) -> NoReturn:
    """Nothing gets past here: what follows a fork belongs to the template."""
    code, requests = 1, socket.socket(fileno=descriptor)  # its end tells the service, so it ends with the process
    try:
        serve(requests, shared, template, limits, seconds, prepare)
        code = 0
    except BaseException:  # noqa: BLE001 - it ends whatever it is
        traceback.print_exc()
    finally:
        os._exit(code)


def _end(pid: int) -> int:
    """End a worker; one that has just ended of itself keeps its own status."""
    try:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if not ended:
            os.kill(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
    except ChildProcessError:  # a template before this one forked it, and took it along
        return -signal.SIGKILL
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    main()
