"""The HTTP server, in threads of its own."""

import socket
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from time import sleep
from typing import Any
from wsgiref.types import WSGIApplication

import structlog
import waitress
from waitress import wasyncore
from waitress.server import TcpWSGIServer

from service.errors import Failure
from service.web.connections import Connection, close_slow

log = structlog.get_logger(__name__)

MOST_BODY_BYTES = 64 * 1024
"""Of a request: the largest is a review with a note of 2000 characters."""

MOST_HEADER_BYTES = 16 * 1024
MOST_CONNECTIONS = 128
THREADS = 8
"""A request that waits for Kafka or the archive holds one."""

TURN_SECONDS = 0.5
"""Late clients are looked for once in this time, and after each event."""

ABOVE_THE_PAGES, LAST_PORT = 100, 65535

_WITHOUT_FILES = 2**40
"""Waitress would put larger buffers into temporary files, which are memory in a container; ours have other limits."""


class PortTaken(Failure, RuntimeError):  # noqa: N818 - an event
    """The HTTP address cannot be listened on; the message is one sentence for the user."""


@contextmanager
def serving(
    app: WSGIApplication,
    host: str,
    port: int,
    setting: str = "http_port",
    threads: int = THREADS,
    most_connections: int = MOST_CONNECTIONS,
    trusted_proxy: str = "",
    most_body_bytes: int = MOST_BODY_BYTES,
) -> Iterator[int]:
    """Serve an application in a thread of its own for as long as the context lasts; gives the port.

    At the end requests being answered have 5 s to finish, then every connection is closed.

    Args:
        app: the application.
        host: address to listen on.
        port: port to listen on; 0 picks a free one.
        setting: the name of the port's setting, for the message.
        threads: how many requests are answered at once.
        most_connections: how many clients there may be; further ones displace those that wait longest.
        trusted_proxy: address of the proxy whose X-Forwarded-For and X-Forwarded-Proto are believed, `*` for any.
        most_body_bytes: the largest body of a request.

    Raises:
        PortTaken: if the address cannot be listened on.
    """
    listening = _listen(host, port, setting)
    connections: dict[int, Any] = {}
    believed = {"trusted_proxy": trusted_proxy, "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"}}
    server: TcpWSGIServer = waitress.create_server(
        app,
        map=connections,
        sockets=[listening],
        threads=threads,
        ident=None,
        connection_limit=_WITHOUT_FILES,  # close_slow makes room, where waitress would let new clients wait
        channel_timeout=_WITHOUT_FILES,
        max_request_header_size=MOST_HEADER_BYTES,
        max_request_body_size=most_body_bytes,
        inbuf_overflow=_WITHOUT_FILES,
        outbuf_overflow=_WITHOUT_FILES,
        log_socket_errors=False,  # a client that leaves is no error
        **(believed if trusted_proxy else {}),
    )
    server.channel_class = Connection
    thread = threading.Thread(target=_serve, args=(server, connections, most_connections), name="pages", daemon=True)
    thread.start()
    try:
        yield int(listening.getsockname()[1])
    finally:
        server.task_dispatcher.shutdown(timeout=5.0)
        # Only the loop's own thread may close what it selects on: from another, select fails now and then
        # (https://github.com/Pylons/waitress/issues/468).
        server.trigger.pull_trigger(partial(wasyncore.close_all, connections))
        thread.join(timeout=5.0)


def serving_probes(app: WSGIApplication, host: str, port: int | None, page_port: int) -> AbstractContextManager[int]:
    """Serve the probes on a small listener of their own, which no request for the pages can keep busy; gives the port.

    Args:
        app: the probes.
        host: address to listen on.
        port: port to listen on; 0 picks a free one, None is 100 above that of the pages.
        page_port: the setting of the pages' port; where that is 0, the probes take a free one, too.

    Raises:
        PortTaken: if the address cannot be listened on.
    """
    if port is None:
        port = page_port + ABOVE_THE_PAGES if 0 < page_port <= LAST_PORT - ABOVE_THE_PAGES else 0
    return serving(app, host, port, "probe_port", threads=2, most_connections=MOST_CONNECTIONS // 4)


def _listen(host: str, port: int, setting: str) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except (OSError, OverflowError) as error:
        raise PortTaken(
            f"expected to listen on {host}:{port}, found: {error}; "
            f"set {setting} to a free port, or 0 for any, and the host to an address of this machine"
        ) from error


def _serve(server: TcpWSGIServer, connections: dict[int, Any], most: int) -> None:
    while connections:
        try:
            _turn(server, connections, most)
        except Exception:
            log.exception("the server of the pages goes on after a fault")
            sleep(TURN_SECONDS)


def _turn(server: TcpWSGIServer, connections: dict[int, Any], most: int) -> None:
    # By poll, since select has no room for descriptors above 1023.
    wasyncore.loop(timeout=TURN_SECONDS, use_poll=True, map=connections, count=1)
    if connections:  # not closed meanwhile
        _accept(server, most // 4)
        close_slow(list(server.active_channels.values()), most)


def _accept(server: TcpWSGIServer, at_once: int) -> None:
    """Take in those that queue, as many as do not displace each other before their requests are read."""
    for _ in range(at_once):
        before = len(server.active_channels)
        server.handle_accept()
        if len(server.active_channels) == before:
            return
