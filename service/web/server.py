"""The HTTP server, in threads of its own."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from wsgiref.types import WSGIApplication

import waitress
from waitress import wasyncore


class PortTaken(RuntimeError):  # noqa: N818 - an event
    """The HTTP address cannot be listened on; the message is one sentence for the user."""


@contextmanager
def serving(app: WSGIApplication, host: str, port: int, setting: str = "http_port") -> Iterator[int]:
    """Serve an application in a thread of its own for as long as the context lasts; gives the port.

    At the end requests being answered have 5 s to finish, then every connection is closed.

    Args:
        app: the application.
        host: address to listen on.
        port: port to listen on; 0 picks a free one.
        setting: the name of the port's setting, for the message.

    Raises:
        PortTaken: if the address cannot be listened on.
    """
    try:
        listening = socket.create_server((host, port))
    except OSError as error:
        raise PortTaken(
            f"expected to listen on {host}:{port}, found: {error}; set {setting} to a free port, or 0 for any"
        ) from error
    connections: dict[int, Any] = {}
    server = waitress.create_server(app, map=connections, sockets=[listening], threads=4, ident=None)
    thread = threading.Thread(target=server.run, name="pages", daemon=True)
    thread.start()
    try:
        yield int(listening.getsockname()[1])
    finally:
        server.task_dispatcher.shutdown(timeout=5.0)
        # Only the loop's own thread may close what it selects on: from another, select fails now and then
        # (https://github.com/Pylons/waitress/issues/468).
        server.trigger.pull_trigger(partial(wasyncore.close_all, connections))
        thread.join(timeout=5.0)
