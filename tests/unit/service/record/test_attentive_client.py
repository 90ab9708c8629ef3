"""A client that remembers why it could not connect, and waits for nobody without a limit."""

import gc
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from service.record.clients import make_admin
from service.record.errors import NoBroker
from service.settings import BrokerSettings


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """What is left open is an error of the test that left it."""
    yield
    gc.collect()


@contextmanager
def server(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """Accepts connections, each handled in turn; gives `host:port`."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.05)

        def run() -> None:
            kept = []
            while not stop.is_set():
                with suppress(TimeoutError):
                    kept.append(listening.accept()[0])
                    serve(kept[-1])
            for each in kept:
                each.close()

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield f"127.0.0.1:{listening.getsockname()[1]}"
        finally:
            stop.set()
            thread.join()


def cause(servers: str, protocol: str = "PLAINTEXT") -> str:
    settings = BrokerSettings(
        bootstrap_servers=servers,
        bootstrap_timeout_seconds=1.5,
        security_protocol=protocol,
    )
    with pytest.raises(NoBroker) as found:
        make_admin(settings)
    return str(found.value)


def test_a_peer_that_never_answers_in_tls_is_waited_for_no_longer_than_is_set() -> None:
    began = time.monotonic()
    with server(lambda _: None) as address:
        assert "no answer in TLS" in cause(address, "SSL")
    assert time.monotonic() - began < 10.0


def test_a_peer_that_hangs_up_is_told_from_one_that_is_away() -> None:
    with server(lambda connection: connection.close()) as address:
        assert "the brokers hang up before they answer; if they speak TLS" in cause(address)
    assert cause("127.0.0.1:1") == "connection refused; check bootstrap_servers and the network"


def test_what_is_no_kafka_is_named() -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with server(talk) as address:
        assert "hang up" in cause(address)
        assert "TLS" in cause(address, "SSL")


def test_a_failed_client_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    for _ in range(3):
        cause("127.0.0.1:1")
    assert threading.active_count() <= before
