"""Messages between a process and its decoding worker."""

import socket

import numpy as np
import pytest

from service.scoring.image import ImageRejected, Reason
from service.scoring.workers.frames import pack, receive, send, unpack
from service.scoring.workers.prepare import Prepared


def test_a_message_arrives_whole() -> None:
    here, there = socket.socketpair()
    with here, there:
        send(here, [b"", b"\0" * 70_000, b"x"])
        assert receive(there) == [b"", b"\0" * 70_000, b"x"]


@pytest.mark.parametrize("size", [0, 100, 300])
def test_parts_lie_in_shared_memory_as_far_as_they_fit(size: int) -> None:
    shared = memoryview(bytearray(size))
    here, there = socket.socketpair()
    with here, there:
        send(here, [b"a" * 90, b"b" * 200, b"", b"c" * 10], shared)
        assert receive(there, shared) == [b"a" * 90, b"b" * 200, b"", b"c" * 10]
    assert bytes(shared).startswith(b"" if size == 0 else b"a" * 90)
    assert bytes(shared[90:]) == {0: b"", 100: b"c" * 10, 300: b"b" * 200 + b"c" * 10}[size]


def test_a_part_that_would_lie_beyond_shared_memory_is_no_message() -> None:
    here, there = socket.socketpair()
    with here, there:
        for shared in (None, memoryview(bytearray(4))):
            send(here, [b"12345678"], memoryview(bytearray(8)))
            with pytest.raises(ConnectionError, match="8 bytes"):
                receive(there, shared)


def test_a_prepared_image_comes_back() -> None:
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    prepared = Prepared((90, 80), pixels, ("no", pixels[:1]), frozenset({"size"}))
    found = unpack([bytearray(each) for each in pack(prepared)])
    assert isinstance(found, Prepared)
    assert (found.size, found.unlike_fit) == ((90, 80), frozenset({"size"}))
    assert found.others[0] == "no"
    assert np.array_equal(found.pixels, pixels)
    assert np.array_equal(found.others[1], pixels[:1])


@pytest.mark.parametrize("reason", Reason)
def test_a_rejection_comes_back(reason: Reason) -> None:
    found = unpack([bytearray(each) for each in pack(ImageRejected(reason, "expected ü"))])
    assert isinstance(found, ImageRejected)
    assert (found.reason, str(found)) == (reason, "expected ü")


def test_the_other_sides_end_is_an_error() -> None:
    here, there = socket.socketpair()
    with there:
        here.sendall(b"\0\0\0\1\0")
        here.close()
        with pytest.raises(ConnectionError):
            receive(there)


def test_noise_is_no_message() -> None:
    here, there = socket.socketpair()
    with here, there:
        here.sendall(b"\xff" * 64)
        with pytest.raises(ConnectionError, match="parts"):
            receive(there)
