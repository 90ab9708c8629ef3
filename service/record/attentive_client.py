"""kafka-python's network client, made for images: it receives in large pieces, and remembers why connections fail.

It also waits for no peer without a limit.

What is replaced stands in `kafka.net`, which is private: these tests fail first when another version changes it
(ADR 16).
"""

import socket
import ssl
import time
from typing import Any

from kafka.errors import KafkaConnectionError, KafkaError
from kafka.net.compat import KafkaNetClient
from kafka.net.connection import KafkaConnection
from kafka.net.inet import KafkaNetSocket
from kafka.net.manager import KafkaConnectionManager
from kafka.net.selector import NetworkSelector
from kafka.net.transport import KafkaSSLTransport, KafkaTCPTransport

from service.record.causes import Causes, Stage

RECEIVED_BYTES = 512 * 1024
"""At a time, at most: each connection has such a buffer, of which it uses as much as it receives."""

_TLS_RECORD_BYTES = 16 * 1024
"""The largest; one is received as a whole (RFC 8446)."""


def attentive_client(causes: Causes, **options: Any) -> KafkaNetClient:
    """The client's option `kafka_client`: reports each failed connection to `causes`."""
    net = NetworkSelector(**options)
    client = KafkaNetClient(net=net, manager=_Manager(net, causes, **options), **options)
    causes.client = client
    return client


class _Manager(KafkaConnectionManager):  # type: ignore[misc] # untyped library
    def __init__(self, net: NetworkSelector, causes: Causes, **options: Any) -> None:
        self._causes = causes
        super().__init__(net, **options)

    def get_connection(self, *arguments: Any, **options: Any) -> KafkaConnection:
        connection = super().get_connection(*arguments, **options)
        if not getattr(connection, "is_watched", False):
            connection.is_watched = True
            connection.init_future.add_errback(lambda error: self._causes.add(Stage.GREETING, error))
            connection.init_future.add_callback(
                lambda _: connection.close_future.add_errback(lambda error: self._causes.add(Stage.REQUEST, error))
            )
        return connection

    async def _build_transport(self, node: Any, timeout_at: float | None = None) -> KafkaTCPTransport:
        sock = await self._open(node, timeout_at)
        if not self.ssl_enabled:
            return Transport(self._net, sock, host=node.host)
        transport = TlsTransport(self._net, sock, host=node.host, ssl_context=self.config["ssl_context"])
        transport.timeout_at = timeout_at or time.monotonic() + self.config["request_timeout_ms"] / 1000.0
        try:
            await transport.handshake()
        except Exception as error:
            transport.close()
            self._causes.add(Stage.HANDSHAKE, error)
            raise KafkaConnectionError(f"TLS handshake failed: {error}") from error
        return transport

    async def _open(self, node: Any, timeout_at: float | None) -> socket.socket:
        sockets = _Socket()
        error: Exception = KafkaConnectionError(f"found no address of {node.host}")
        for address in sockets.dns_lookup(node.host, node.port):
            try:
                options = self.config["socket_options"]
                found: socket.socket = await sockets.connect(self._net, address, options, timeout_at=timeout_at)
            except (OSError, KafkaError) as failed:
                error = failed
            else:
                return found
        raise KafkaConnectionError(error) from error


class _Socket(KafkaNetSocket):  # type: ignore[misc] # untyped library
    """Closes what it could not connect."""

    SCHEMES = ()

    async def sock_connect(
        self, net: NetworkSelector, sock: socket.socket, address: Any, timeout_at: float | None = None
    ) -> socket.socket:
        try:
            await super().sock_connect(net, sock, address, timeout_at=timeout_at)
        except BaseException:
            sock.close()
            raise
        return sock


class _Receiver:
    """Receives in large pieces, as images need, where the client takes 4 kB at a time.

    And hands on what came before the end: a broker says why it refuses a login, and closes the connection at once.
    """

    _sock: Any

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._room = memoryview(bytearray(RECEIVED_BYTES))

    def _sock_recv(self) -> tuple[memoryview, Exception | None]:
        """What has come, to be used before the next call; then why there is no more."""
        end, error = 0, None
        try:
            while len(self._room) - end >= _TLS_RECORD_BYTES:  # what is left inside of TLS, no selector tells
                size = self._sock.recv_into(self._room[end:])
                if not size:
                    error = KafkaConnectionError("socket disconnected")
                    break
                end += size
        except (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass  # that was all, for now
        except (OSError, ValueError) as failed:
            error = KafkaConnectionError(failed)
        return self._room[:end], None if end else error


class Transport(_Receiver, KafkaTCPTransport):  # type: ignore[misc] # untyped library
    """A connection without TLS."""


class TlsTransport(_Receiver, KafkaSSLTransport):  # type: ignore[misc] # untyped library
    """A connection with TLS."""

    timeout_at: float

    async def handshake(self) -> None:
        """As the client's, but no longer than `timeout_at`: a peer that never answers is no broker."""
        while True:
            try:
                self._sock.do_handshake()
            except ssl.SSLWantReadError:
                await self._net.wait_read(self._sock, timeout_at=self.timeout_at)
            except ssl.SSLWantWriteError:
                await self._net.wait_write(self._sock, timeout_at=self.timeout_at)
            else:
                return
