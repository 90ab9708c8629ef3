"""Serving the pages beside the main loop."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from wsgiref.types import WSGIApplication

import waitress


class PortTaken(RuntimeError):  # noqa: N818 - says what happened
    """The HTTP address cannot be listened on; the message is one sentence for people."""


@contextmanager
def serving(app: WSGIApplication, host: str, port: int) -> Iterator[int]:
    """Serve an application in a thread of its own for as long as the context lasts; gives the port.

    Raises:
        PortTaken: if the address cannot be had.
    """
    try:
        server = waitress.create_server(app, host=host, port=port, threads=4, ident=None)
    except (OSError, ValueError) as error:
        raise PortTaken(
            f"expected to listen on {host}:{port}, found: {error}; set http_port to a free port, or 0 for any"
        ) from error
    thread = threading.Thread(target=server.run, name="pages", daemon=True)
    thread.start()
    try:
        yield int(server.effective_port)
    finally:
        server.close()
        thread.join(timeout=5.0)
