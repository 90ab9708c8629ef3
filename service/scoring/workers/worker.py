"""A decoding worker: a process that prepares one image after another, within bounds on time and memory.

It is forked by `service/scoring/workers/template.py` and dies with it.
"""

import ctypes
import json
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from functools import lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from service.scoring.image import ImageLimits, ImageRejected, Reason
from service.scoring.workers.frames import pack, receive, send
from service.scoring.workers.prepare import Prepared, prepare

if TYPE_CHECKING:  # decoding processes do without pydantic, a third of their memory and imports
    from service.scoring.input_spec import InputSpec

Prepare = Callable[[bytes, ImageLimits, Sequence["InputSpec"]], Prepared]

BYTES_PER_PIXEL = 20
"""What decoding may take: three copies of 16-bit colour, and some more."""
ROOM_BYTES = 128 * 1024 * 1024
"""Beside the pixels, for one image: its graph inputs and what the libraries keep."""

_PR_SET_PDEATHSIG = 1


def serve(
    requests: socket.socket,
    shared: memoryview | None,
    parent: int,
    limits: ImageLimits,
    seconds: float,
    prepare: Prepare = prepare,
) -> None:
    """Answer requests until the socket ends; large parts lie in `shared`, where there is such memory.

    `seconds` is of CPU time and for each image: a machine that is frozen or busy does not make an image slow. The
    kernel ends the process after it, whatever native code is running.
    """
    die_with(parent)
    _bound_memory(limits)
    send(requests, [str(os.getpid()).encode()])  # it is ready
    while True:
        try:
            data, *specs = receive(requests, shared)
        except ConnectionError:
            return
        signal.setitimer(signal.ITIMER_PROF, seconds)
        answer = _answer(bytes(data), limits, [_spec(bytes(each)) for each in specs], prepare)
        signal.setitimer(signal.ITIMER_PROF, 0)
        send(requests, pack(answer), shared)


def _answer(
    data: bytes, limits: ImageLimits, specs: Sequence["InputSpec"], prepare: Prepare
) -> Prepared | ImageRejected:
    try:
        return prepare(data, limits, specs)
    except ImageRejected as rejected:
        return rejected
    except MemoryError:
        return ImageRejected(
            Reason.TOO_LARGE,
            f"expected an image that {_room(limits) >> 20} MB are enough for, found one that needs more to be decoded; "
            "send a smaller image, in one of the usual encodings",
        )
    except Exception as error:  # noqa: BLE001 - a poison image must not stop the line, whatever a decoder raises
        return ImageRejected(
            Reason.UNDECODABLE,
            f"expected an image, found one that the decoder fails on ({type(error).__name__}: {error}); "
            "please report it",
        )


@lru_cache(maxsize=256)
def _spec(packed: bytes) -> "InputSpec":
    """Its values alone: the service has validated them."""
    return cast("InputSpec", json.loads(packed, object_hook=lambda values: SimpleNamespace(**values)))


def _room(limits: ImageLimits) -> int:
    return BYTES_PER_PIXEL * limits.max_pixels + 4 * limits.max_bytes + ROOM_BYTES


def _bound_memory(limits: ImageLimits) -> None:
    """Let an allocation beyond what any image needs fail, instead of filling the machine."""
    if sys.platform != "linux":
        return
    with open("/proc/self/statm") as statm:  # noqa: PTH123 - no file on a disk
        now = int(statm.read().split()[0]) * resource.getpagesize()
    wanted, most = now + _room(limits), resource.getrlimit(resource.RLIMIT_AS)[1]
    if most == resource.RLIM_INFINITY or wanted < most:  # whoever started the service may have set a lower limit
        resource.setrlimit(resource.RLIMIT_AS, (wanted, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash is an answer, not a file


def die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent dies; without it, the socket's end does, between images."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit()
