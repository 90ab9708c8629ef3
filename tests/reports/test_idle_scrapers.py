"""Reported: clients that connect and say nothing keep a small server busy, and its health check goes unanswered."""

import socket
import urllib.request
from contextlib import ExitStack

from service.web.probes import make_probes
from service.web.server import MOST_CONNECTIONS, serving


def test_idle_connections_do_not_keep_the_probes_from_answering() -> None:
    app = make_probes("127.0.0.1", "", hangs=str, waits_for=str)
    with serving(app, "127.0.0.1", 0) as port, ExitStack() as idle:
        for _ in range(MOST_CONNECTIONS + 20):
            idle.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10.0))
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/live", timeout=10.0) as answer:
            assert answer.status == 200
