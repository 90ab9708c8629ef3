"""The HTTP server."""

import http.client
import socket
import threading
import urllib.request

import pytest
from flask import Flask

from service.web.server import PortTaken, serving


def hello() -> Flask:
    app = Flask("hello")
    app.add_url_rule("/", view_func=lambda: "hello")
    return app


def test_a_page_is_served_for_as_long_as_the_context_lasts() -> None:
    with serving(hello(), "127.0.0.1", 0) as port, urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
        assert answer.read() == b"hello"


def test_the_end_closes_connections_that_clients_keep_open() -> None:
    with serving(hello(), "127.0.0.1", 0) as port:
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        client.request("GET", "/")
        assert client.getresponse().read() == b"hello"
        assert client.sock is not None  # kept open, as Prometheus does
    with client.sock as kept:
        assert kept.recv(1) == b""
    assert "pages" not in {thread.name for thread in threading.enumerate()}


def test_a_taken_port_is_one_clear_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(PortTaken, match=f"expected to listen on 127.0.0.1:{port}"),
            serving(hello(), "127.0.0.1", port),
        ):
            pass
