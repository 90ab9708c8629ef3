"""Messages between a process and its decoding worker: byte strings over a socket, without pickle."""

import json
import socket
import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from service.scoring.image import ImageRejected, Reason
from service.scoring.workers.prepare import Prepared

_COUNT = struct.Struct("!I")
_LENGTH = struct.Struct("!Q")
_MOST_PARTS = 16


def send(to: socket.socket, parts: Sequence[bytes]) -> None:
    """Send the parts of one message.

    Raises:
        OSError: if the other side is gone; TimeoutError within the socket's time.
    """
    to.sendall(_COUNT.pack(len(parts)) + b"".join(_LENGTH.pack(len(part)) for part in parts))
    for part in parts:
        to.sendall(part)


def receive(source: socket.socket) -> list[bytearray]:
    """Receive the parts of one message.

    Raises:
        OSError: ConnectionError if the other side is gone; TimeoutError within the socket's time.
    """
    (count,) = _COUNT.unpack(_exactly(source, _COUNT.size))
    if count > _MOST_PARTS:
        raise ConnectionError(f"expected at most {_MOST_PARTS} parts, found {count}")
    lengths = [_LENGTH.unpack(_exactly(source, _LENGTH.size))[0] for _ in range(count)]
    return [_exactly(source, length) for length in lengths]


def pack(answer: Prepared | ImageRejected) -> list[bytes]:
    """An answer as the parts of a message: JSON first, then the pixels."""
    if isinstance(answer, ImageRejected):
        return [json.dumps({"reason": answer.reason, "message": str(answer)}).encode()]
    described = {
        "size": answer.size,
        "shape": answer.pixels.shape,
        "others": [other if isinstance(other, str) else other.shape for other in answer.others],
        "unlike_fit": sorted(answer.unlike_fit),
    }
    others = [other.tobytes() for other in answer.others if not isinstance(other, str)]
    return [json.dumps(described).encode(), answer.pixels.tobytes(), *others]


def unpack(parts: Sequence[bytearray]) -> Prepared | ImageRejected:
    """The answer that `pack` packed.

    Raises:
        ValueError, KeyError, StopIteration: if it is none.
    """
    described = json.loads(parts[0])
    if "reason" in described:
        return ImageRejected(Reason(described["reason"]), described["message"])
    arrays = iter(parts[1:])
    pixels = _array(next(arrays), described["shape"])
    others = [other if isinstance(other, str) else _array(next(arrays), other) for other in described["others"]]
    height, width = described["size"]
    return Prepared((height, width), pixels, tuple(others), frozenset(described["unlike_fit"]))


def _array(content: bytearray, shape: Sequence[int]) -> NDArray[np.uint8]:
    return np.frombuffer(content, np.uint8).reshape(shape)


def _exactly(source: socket.socket, length: int) -> bytearray:
    content = bytearray(length)
    rest = memoryview(content)
    while rest:
        received = source.recv_into(rest)
        if not received:
            raise ConnectionError("expected a message, found the other side gone")
        rest = rest[received:]
    return content
