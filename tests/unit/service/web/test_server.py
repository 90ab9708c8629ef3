"""The HTTP server."""

import http.client
import socket
import threading
import urllib.request
from contextlib import ExitStack

import pytest
from flask import Flask, request

from deploy.devtools.ports import free_port
from service.web.probes import make_probes
from service.web.server import THREADS, PortTaken, serving, serving_probes


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


def test_a_port_that_cannot_be_is_one_clear_sentence() -> None:
    with pytest.raises(PortTaken, match=r"set http_port .* and the host"), serving(hello(), "192.0.2.1", 0):
        pass


def test_the_probes_listen_above_the_pages_unless_told_otherwise() -> None:
    page_port = free_port()
    with serving_probes(hello(), "127.0.0.1", None, page_port) as port:
        assert port == page_port + 100
    with serving_probes(hello(), "127.0.0.1", None, 0) as port:
        assert port > 0
    with serving_probes(hello(), "127.0.0.1", page_port, 0) as port:
        assert port == page_port


def test_a_taken_probe_port_names_its_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match="set probe_port"), serving_probes(hello(), "127.0.0.1", port, 0):
            pass


def test_probes_are_answered_while_all_threads_of_the_pages_are_busy() -> None:
    release = threading.Event()
    pages = Flask("pages")
    pages.add_url_rule("/", "home", lambda: str(release.wait(60)))
    probes = make_probes("127.0.0.1", "", hangs=lambda: "", waits_for=lambda: "")
    with ExitStack() as running:
        port = running.enter_context(serving(pages, "127.0.0.1", 0))
        probe_port = running.enter_context(serving_probes(probes, "127.0.0.1", 0, 0))
        for _ in range(2 * THREADS):
            client = running.enter_context(socket.create_connection(("127.0.0.1", port)))
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        for path in ("/live", "/ready"):
            with urllib.request.urlopen(f"http://127.0.0.1:{probe_port}{path}", timeout=30) as answer:
                assert answer.status == 200
        release.set()


def test_only_the_proxy_that_is_named_is_believed() -> None:
    def scheme() -> str:
        return f"{request.scheme} {request.remote_addr}"

    app = Flask("scheme")
    app.add_url_rule("/", "home", scheme)
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}
    for trusted, expected in (
        ("127.0.0.1", "https 192.0.2.7"),
        ("192.0.2.1", "http 127.0.0.1"),
        ("", "http 127.0.0.1"),
    ):
        with serving(app, "127.0.0.1", 0, trusted_proxy=trusted) as port:
            asked = urllib.request.Request(f"http://127.0.0.1:{port}/", headers=headers)
            with urllib.request.urlopen(asked, timeout=30) as answer:
                assert answer.read().decode() == expected


def test_a_fault_of_the_server_does_not_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    faults = [RuntimeError("a fault")]

    def close_slow(*_: object) -> None:
        if faults:
            raise faults.pop()

    monkeypatch.setattr("service.web.server.close_slow", close_slow)
    with serving(hello(), "127.0.0.1", 0) as port, urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
        assert (answer.read(), faults) == (b"hello", [])
