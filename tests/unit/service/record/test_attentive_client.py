"""A client that remembers why it could not connect, and waits for nobody without a limit."""

import gc
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
import trustme
from kafka.errors import KafkaConnectionError
from kafka.net.selector import NetworkSelector

from service.record.attentive_client import RECEIVED_BYTES, TlsTransport, Transport
from service.record.clients import make_admin
from service.record.errors import NoBroker
from service.settings.broker import BrokerSettings


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


CONTENT = bytes(range(256)) * (5 * RECEIVED_BYTES // 512)
"""Two and a half pieces of what is received at a time."""


@contextmanager
def receiving(*, tls: bool) -> Iterator[Transport | TlsTransport]:
    """The receiving end of a connection whose other end sends CONTENT and closes."""
    left, right = socket.socketpair()
    theirs, ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority = trustme.CA()
    authority.issue_cert("localhost").configure_cert(theirs)
    authority.configure_trust(ours)

    def send() -> None:
        with theirs.wrap_socket(left, server_side=True) if tls else left as sending:
            sending.sendall(CONTENT)

    sender, net = threading.Thread(target=send), NetworkSelector()
    sender.start()
    transport = TlsTransport(net, right, host="localhost", ssl_context=ours) if tls else Transport(net, right)
    if tls:
        transport._sock.do_handshake()
    with transport._sock:
        transport._sock.setblocking(False)
        yield transport
    sender.join()
    net.close()


@pytest.mark.parametrize("tls", [False, True])
def test_what_comes_is_received_in_large_pieces_and_nothing_is_left_where_no_selector_sees_it(tls: bool) -> None:
    found = b""
    with receiving(tls=tls) as transport:
        while len(found) < len(CONTENT):
            assert select.select([transport._sock], [], [], 10.0)[0]
            piece, error = transport._sock_recv()
            assert error is None
            assert not tls or transport._sock.pending() == 0
            found += piece
        select.select([transport._sock], [], [], 10.0)
        assert isinstance(transport._sock_recv()[1], KafkaConnectionError)
    assert found == CONTENT
