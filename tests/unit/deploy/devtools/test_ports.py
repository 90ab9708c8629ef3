import socket

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
