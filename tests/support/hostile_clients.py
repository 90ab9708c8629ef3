"""Clients that hold connections and do not behave: to be opened by the hundred."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

Client = Callable[[socket.socket], None]


def silent(_connection: socket.socket) -> None:
    """Connects, and says nothing."""


def half_a_header(connection: socket.socket) -> None:
    connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")


def half_a_body(connection: socket.socket) -> None:
    connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{")


def never_reads(connection: socket.socket) -> None:
    """Asks for many pages, one after another, and takes none."""
    connection.sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100)


def half_closed(connection: socket.socket) -> None:
    connection.sendall(b"GET / HT")
    connection.shutdown(socket.SHUT_WR)


HOSTILE: tuple[Client, ...] = (silent, half_a_header, half_a_body, never_reads, half_closed)


@contextmanager
def attacked(port: int, client: Client, number: int) -> Iterator[None]:
    """As many such clients at once, each of which connects again as soon as it is thrown out."""
    stop = threading.Event()
    with ExitStack() as connections:
        held = [connections.enter_context(_connect(port, client)) for _ in range(number)]
        attacker = threading.Thread(target=_come_back, args=(held, port, client, stop))
        attacker.start()
        try:
            yield
        finally:
            stop.set()
            attacker.join()
            for each in held:
                each.close()


def _connect(port: int, client: Client) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=5)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    with suppress(OSError):  # thrown out at once: that is what it is there for
        client(connection)
    return connection


def _come_back(held: list[socket.socket], port: int, client: Client, stop: threading.Event) -> None:
    position = 0
    while not stop.wait(0.01):  # up to a hundred new connections a second
        held[position].close()
        with suppress(OSError):  # the server may end meanwhile
            held[position] = _connect(port, client)
        position = (position + 1) % len(held)
