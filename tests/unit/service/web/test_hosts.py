"""The Host header."""

import socket

import pytest
from flask import Flask

from service.web.hosts import check_host

LOOPBACK, EVERYWHERE = "127.0.0.1", "0.0.0.0"


def status(host: str, bound_to: str, allowed: str = "") -> int:
    app = Flask("hosts")
    check_host(app, bound_to, allowed)
    app.add_url_rule("/", "home", lambda: "hello")
    return app.test_client().get("/", headers={"Host": host}).status_code


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]:8000", "127.8.8.8", "localhost."]
)
def test_loopback_names_are_ours_wherever_we_listen(host: str) -> None:
    assert [status(host, bound_to) for bound_to in (LOOPBACK, EVERYWHERE)] == [200, 200]


@pytest.mark.parametrize(
    "host", ["10.1.2.3:8000", "[2001:db8::7]", "service:8000", "linewatch-review", socket.gethostname()]
)
def test_addresses_and_names_of_the_own_network_are_ours_where_others_can_connect(host: str) -> None:
    assert status(host, EVERYWHERE) == 200


@pytest.mark.parametrize(
    "host", ["10.1.2.3:8000", "service:8000", "evil.example", "localhost.evil.example", "127.0.0.1.evil"]
)
def test_where_only_this_machine_can_connect_other_names_are_refused(host: str) -> None:
    assert status(host, LOOPBACK) == 403


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "127.0.0.1.evil.example",
        "a@b.example",
        "[::1",
        "[x]",
        "x" * 5000 + ".y",
        "\xff.example",
    ],
)
def test_other_sites_names_are_refused(host: str) -> None:
    assert status(host, EVERYWHERE) in (400, 403)


def test_more_names_can_be_allowed() -> None:
    allowed = "inspection.example, .plant.example"
    for host in ("inspection.example", "INSPECTION.example:443", "left.plant.example"):
        assert status(host, LOOPBACK, allowed) == 200
    for host in ("plant.example", "notplant.example", "inspection.example.evil"):
        assert status(host, EVERYWHERE, allowed) == 403
    assert status("any.example", LOOPBACK, "*") == 200


def test_a_program_that_sends_no_host_is_no_browser() -> None:
    app = Flask("hosts")
    check_host(app, LOOPBACK, "")
    app.add_url_rule("/", "home", lambda: "hello")
    assert app.test_client().get("/", environ_overrides={"HTTP_HOST": None}).status_code == 200
