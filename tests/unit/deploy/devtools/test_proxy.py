"""The proxy passes everything on, until it is cut, silenced or slowed."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from deploy.devtools.proxy import Proxy

PATIENCE_SECONDS = 30


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that sends back what it gets."""
    with socket.create_server(("localhost", 0)) as server:
        threading.Thread(target=_serve, args=(server,), daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def _serve(server: socket.socket) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=_echo, args=(connection,), daemon=True).start()


def _echo(connection: socket.socket) -> None:
    with connection:
        while data := connection.recv(1024):
            connection.sendall(data)


def connect(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("localhost", proxy.port), timeout=PATIENCE_SECONDS)


def asked(connection: socket.socket, text: bytes) -> bytes:
    connection.sendall(text)
    return connection.recv(1024)


def test_it_passes_everything_on(echo: int) -> None:
    with Proxy(echo) as proxy, connect(proxy) as first, connect(proxy) as second:
        assert asked(first, b"one") == b"one"
        assert asked(second, b"two") == b"two"


def test_cut_it_closes_connections_and_refuses_others_until_it_is_healed(echo: int) -> None:
    with Proxy(echo) as proxy:
        with connect(proxy) as before:
            assert asked(before, b"one") == b"one"
            proxy.cut()
            assert _is_closed(before)
        with connect(proxy) as meanwhile:
            assert _is_closed(meanwhile)
        proxy.heal()
        with connect(proxy) as after:
            assert asked(after, b"two") == b"two"


def test_silent_it_keeps_connections_and_later_passes_on_what_it_held_back(echo: int) -> None:
    with Proxy(echo) as proxy, connect(proxy) as connection:
        assert asked(connection, b"one") == b"one"
        proxy.silence()
        connection.sendall(b"two")
        connection.settimeout(0.2)
        with pytest.raises(TimeoutError):
            connection.recv(1024)
        proxy.heal()
        connection.settimeout(PATIENCE_SECONDS)
        assert connection.recv(1024) == b"two"


def test_slow_it_holds_each_piece_back(echo: int) -> None:
    with Proxy(echo) as proxy, connect(proxy) as connection:
        proxy.slow(0.1)
        began = time.monotonic()
        assert asked(connection, b"one") == b"one"
        assert time.monotonic() - began >= 0.2


def _is_closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1024) == b""
    except OSError:
        return True
