"""Headers and errors of every application."""

import json

import pytest
from flask import Flask, abort
from werkzeug.exceptions import TooManyRequests

from service.web.headers import HEADERS, harden


def app() -> Flask:
    app = Flask("headers")
    harden(app)
    app.add_url_rule("/", "home", lambda: "hello")
    app.add_url_rule("/fault", "fault", lambda: str(1 // 0))
    app.add_url_rule("/teapot", "teapot", lambda: abort(418, "expected coffee, found tea"))

    @app.get("/wait")
    def wait() -> str:
        raise TooManyRequests("expected patience, found none", retry_after=7)

    return app


@pytest.mark.parametrize(
    ("path", "method", "status", "sentence"),
    [
        ("/", "GET", 200, None),
        ("/", "POST", 405, "expected another method for this address, found one that it does not have"),
        ("/nowhere", "GET", 404, "expected the address of one of this program's pages, found another"),
        ("/fault", "GET", 500, "expected to answer, found a fault in this program"),
        ("/teapot", "GET", 418, "expected coffee, found tea"),
    ],
)
def test_every_response_has_the_headers_and_an_error_is_one_sentence(
    path: str, method: str, status: int, sentence: str | None
) -> None:
    answer = app().test_client().open(path, method=method)
    assert answer.status_code == status
    assert HEADERS.items() <= dict(answer.headers).items()
    if sentence is not None:
        assert json.loads(answer.data)["error"].startswith(sentence)


def test_an_errors_own_headers_stay() -> None:
    client = app().test_client()
    assert client.get("/wait").headers["Retry-After"] == "7"
    assert "GET" in client.post("/").headers["Allow"]


def test_no_page_may_be_framed() -> None:
    assert "frame-ancestors 'none'" in HEADERS["Content-Security-Policy"]
    assert "unsafe" not in HEADERS["Content-Security-Policy"]
