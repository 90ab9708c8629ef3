"""Messages between a process and its decoding worker: byte strings in shared memory or a socket, without pickle."""

import json
import socket
import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from service.scoring.image import ImageRejected, Reason
from service.scoring.workers.prepare import Prepared

_COUNT = struct.Struct("!I")
_PART = struct.Struct("!Q?")
"""Its length, and whether it lies in shared memory, behind those before."""
_MOST_PARTS = 16


def send(to: socket.socket, parts: Sequence[bytes | memoryview], shared: memoryview | None = None) -> None:
    """Send the parts of one message; those that fit there, in memory that the other side shares.

    Raises:
        OSError: if the other side is gone; TimeoutError within the socket's time.
    """
    described, apart, end = [_COUNT.pack(len(parts))], [], 0
    for part in parts:
        size = memoryview(part).nbytes
        fits = shared is not None and end + size <= len(shared)
        described.append(_PART.pack(size, fits))
        if shared is not None and fits:
            shared[end : end + size] = memoryview(part).cast("B")
            end += size
        else:
            apart.append(part)
    to.sendall(b"".join(described))
    for part in apart:
        to.sendall(part)


def receive(source: socket.socket, shared: memoryview | None = None) -> list[bytes | bytearray]:
    """Receive the parts of one message; those in `shared` are copied out of it.

    Raises:
        OSError: ConnectionError if the other side is gone; TimeoutError within the socket's time.
    """
    (count,) = _COUNT.unpack(_exactly(source, _COUNT.size))
    if count > _MOST_PARTS:
        raise ConnectionError(f"expected at most {_MOST_PARTS} parts, found {count}")
    parts, end = list[bytes | bytearray](), 0
    for length, is_shared in _PART.iter_unpack(_exactly(source, count * _PART.size)):
        if not is_shared:
            parts.append(_exactly(source, length))
        elif shared is None or end + length > len(shared):
            raise ConnectionError(f"expected a part of {length} bytes in shared memory, found no such")
        else:
            parts.append(bytes(shared[end : end + length]))
            end += length
    return parts


def pack(answer: Prepared | ImageRejected) -> list[bytes | memoryview]:
    """An answer as the parts of a message: JSON first, then the pixels."""
    if isinstance(answer, ImageRejected):
        return [json.dumps({"reason": answer.reason, "message": str(answer)}).encode()]
    described = {
        "size": answer.size,
        "shape": answer.pixels.shape,
        "others": [other if isinstance(other, str) else other.shape for other in answer.others],
        "unlike_fit": sorted(answer.unlike_fit),
    }
    arrays = [answer.pixels, *(other for other in answer.others if not isinstance(other, str))]
    return [json.dumps(described).encode(), *(np.ascontiguousarray(array).data for array in arrays)]


def unpack(parts: Sequence[bytes | bytearray]) -> Prepared | ImageRejected:
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


def _array(content: bytes | bytearray, shape: Sequence[int]) -> NDArray[np.uint8]:
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
