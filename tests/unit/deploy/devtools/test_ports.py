import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from deploy.devtools import ports


def test_a_free_port_can_be_bound() -> None:
    with socket.socket() as listener:
        listener.bind(("localhost", ports.free_port()))


def test_a_port_in_use_is_not_free(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as listener:
        listener.bind(("localhost", 0))
        listener.listen()
        taken = listener.getsockname()[1]
        monkeypatch.setattr(ports, "FIRST", taken)
        monkeypatch.setattr(ports, "LAST", taken + 1)
        with pytest.raises(OSError, match="found none"):
            ports.free_port()


def test_no_port_is_given_twice_to_those_who_ask_at_once() -> None:
    with ThreadPoolExecutor(8) as threads:
        given = list(threads.map(lambda _: ports.free_port(), range(400)))
    assert len(set(given)) == len(given)
