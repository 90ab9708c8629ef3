"""Serving the pages beside the main loop."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from wsgiref.types import WSGIApplication

import waitress


class PortTaken(RuntimeError):  # noqa: N818 - says what happened
    """The HTTP address cannot be listened on; the message is one sentence for people."""


@contextmanager
def serving(app: WSGIApplication, host: str, port: int, setting: str = "http_port") -> Iterator[int]:
    """Serve an application in a thread of its own for as long as the context lasts; gives the port.

    Args:
        app: what answers.
        host: address to listen on.
        port: port to listen on; 0 picks a free one.
        setting: what the port is set by, for the message.

    Raises:
        PortTaken: if the address cannot be had.
    """
    try:
        listening = socket.create_server((host, port))
    except OSError as error:
        raise PortTaken(
            f"expected to listen on {host}:{port}, found: {error}; set {setting} to a free port, or 0 for any"
        ) from error
    server = waitress.create_server(app, sockets=[listening], threads=4, ident=None)
    thread = threading.Thread(target=server.run, name="pages", daemon=True)
    thread.start()
    try:
        yield int(listening.getsockname()[1])
    finally:
        server.close()
        thread.join(timeout=5.0)
