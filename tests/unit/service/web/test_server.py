"""Serving the pages."""

import socket
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


def test_a_taken_port_is_one_clear_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(PortTaken, match=f"expected to listen on 127.0.0.1:{port}"),
            serving(hello(), "127.0.0.1", port),
        ):
            pass
