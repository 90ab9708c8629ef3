"""Hundreds of hostile connections, against the server itself."""

import http.client
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest
from flask import Flask, Response

from service.web import connections
from service.web.connections import Connection, close_slow
from service.web.server import MOST_CONNECTIONS, serving
from tests.support.hostile_clients import HOSTILE, Client, attacked, half_a_body, half_a_header, never_reads, silent
from tests.support.service import wait_until

MANY = 3 * MOST_CONNECTIONS


def application() -> Flask:
    app = Flask("attacked")
    app.add_url_rule("/", "home", lambda: "hello")
    app.add_url_rule("/large", "large", lambda: Response(b"x" * 1_500_000))
    return app


@pytest.fixture
def port() -> Iterator[int]:
    with serving(application(), "127.0.0.1", 0) as port:
        yield port


def get(port: int, path: str = "/") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("client", HOSTILE)
def test_a_page_is_answered_within_a_moment_whatever_hundreds_of_clients_hold(port: int, client: Client) -> None:
    with attacked(port, client, MANY):
        began = time.monotonic()
        for _ in range(20):
            assert get(port) == (200, b"hello")
        assert time.monotonic() - began < 20.0


@pytest.mark.parametrize(
    ("client", "limit"),
    [(silent, "IDLE_SECONDS"), (half_a_header, "REQUEST_SECONDS"), (half_a_body, "REQUEST_SECONDS")],
)
def test_a_client_that_does_not_go_on_is_closed(
    port: int, client: Client, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, limit, 0.3)
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        client(connection)
        assert connection.recv(1) == b""


def test_one_byte_now_and_then_does_not_extend_a_requests_time(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "REQUEST_SECONDS", 0.5)
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        half_a_header(connection)
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            trickle(connection)


def test_a_client_that_never_reads_frees_its_thread(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "ANSWER_SECONDS", 0.5)
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        never_reads(connection)
        with attacked(port, never_reads, 8):  # more than there are threads
            wait_until(lambda: get(port) == (200, b"hello"), "a thread for others")


@dataclass(eq=False)
class FakeConnection:
    """A client that has been waited for since a time, with so many bytes to take."""

    since: float
    total_outbufs_len: int = 0
    is_served: bool = False
    connected: bool = True

    def is_late(self, _now: float) -> bool:
        return False

    def handle_close(self) -> None:
        self.connected = False


def left(clients: list[FakeConnection], most: int = 100) -> list[bool]:
    """Which clients keep their connection."""
    close_slow(cast(list[Connection], clients), most)
    return [client.connected for client in clients]


def test_answers_that_nobody_takes_have_a_bound() -> None:
    size = connections.MOST_BUFFERED_BYTES // 2
    assert left([FakeConnection(since, size) for since in (3.0, 1.0, 2.0)]) == [True, False, True]
    assert left([FakeConnection(1.0, 10 * size), FakeConnection(2.0)]) == [True, True]


def test_those_that_wait_longest_make_room_and_no_one_who_is_served() -> None:
    clients = [FakeConnection(1.0, is_served=True), FakeConnection(3.0), FakeConnection(2.0), FakeConnection(4.0)]
    assert left(clients, most=2) == [True, False, False, True]


def test_where_all_are_served_the_newest_leaves() -> None:
    assert left([FakeConnection(since, is_served=True) for since in (1.0, 3.0, 2.0)], most=2) == [True, False, True]


def test_a_slow_reader_gets_the_whole_answer(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        taken = 0
        while chunk := connection.recv(8192):
            taken += len(chunk)
    assert taken > 1_500_000


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 600000000\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n20000\r\n" + b"x" * 0x20000, 413),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 70000, 413),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 20000 + b"\r\n\r\n", 431),
        (b"GET /" + b"x" * 20000 + b" HTTP/1.1\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nno header\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nContent-Length: -5\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    ],
)
def test_what_is_no_request_within_the_limits_gets_a_sentence(port: int, request_bytes: bytes, status: int) -> None:
    answer = exchange(port, request_bytes)
    assert answer.startswith((f"HTTP/1.1 {status}".encode(), f"HTTP/1.0 {status}".encode()))
    assert b'{"error": "expected an HTTP request within the limits, found ' in answer
    assert b"frame-ancestors 'none'" in answer


def test_no_body_is_spooled_to_a_file(port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert len(get(port, "/large")[1]) == 1_500_000
    with attacked(port, half_a_body, 20):
        assert list(tmp_path.iterdir()) == []


def trickle(connection: socket.socket) -> None:
    for _ in range(3000):
        connection.sendall(b"a")
        time.sleep(0.01)  # the pace of the client, not a wait for the server


def exchange(port: int, sent: bytes) -> bytes:
    """What comes back from a server that may close before it has all that is sent."""
    found = b""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        try:
            connection.sendall(sent)
            while chunk := connection.recv(65536):
                found += chunk
        except ConnectionError:
            pass
    return found
