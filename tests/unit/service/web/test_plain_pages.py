"""Pages without Flask, without a network."""

import json
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from werkzeug.test import Client, TestResponse

from service.web.headers import HEADERS
from service.web.plain_pages import LOADING, Answer, PlainPages


def hello(_: WSGIEnvironment) -> Answer:
    return Answer(b"hello\n")


def fails(_: WSGIEnvironment) -> Answer:
    raise ZeroDivisionError


def ask(path: str, method: str = "GET", **headers: str) -> TestResponse:
    return Client(PlainPages({"/hello": hello, "/fails": fails}, "127.0.0.1", "")).open(
        path, method=method, headers=headers
    )


def test_a_page_is_answered_with_the_headers_of_all_our_pages() -> None:
    response = ask("/hello")
    assert (response.status_code, response.text, response.content_length) == (200, "hello\n", 6)
    assert HEADERS.items() <= dict(response.headers).items()


def test_head_is_answered_without_a_body_and_options_with_the_methods() -> None:
    assert (ask("/hello", "HEAD").data, ask("/hello", "HEAD").content_length) == (b"", 6)
    assert (ask("/hello", "OPTIONS").status_code, ask("/hello", "OPTIONS").headers["Allow"]) == (
        200,
        "GET, HEAD, OPTIONS",
    )


@pytest.mark.parametrize(
    ("path", "method", "host", "status", "why"),
    [
        ("/hell", "GET", "localhost", 404, "expected the address of one of this program's pages"),
        ("/hello", "POST", "localhost", 405, "expected another method"),
        ("/hello", "GET", "other.example", 403, "found 'other.example'; add it to allowed_hosts"),
        ("/fails", "GET", "localhost", 500, "found a fault in this program"),
    ],
)
def test_an_error_is_one_sentence_in_json(path: str, method: str, host: str, status: int, why: str) -> None:
    response = ask(path, method, Host=host)
    assert (response.status_code, response.mimetype) == (status, "application/json")
    assert why in json.loads(response.data)["error"]
    assert HEADERS.items() <= dict(response.headers).items()


def test_other_paths_go_to_the_other_application_which_is_made_for_the_first() -> None:
    made = list[str]()

    def other(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        made.append(environ["PATH_INFO"])
        start_response("200 OK", [])
        return [b"other"]

    client = Client(PlainPages({"/hello": hello}, "127.0.0.1", "", others=lambda: other))
    assert (client.get("/hello").text, made) == ("hello\n", [])
    assert (client.get("/").text, made) == ("other", ["/"])


def test_while_the_other_application_is_made_only_one_request_waits_for_it() -> None:
    making, may_end = threading.Event(), threading.Event()

    def make() -> PlainPages:
        making.set()
        may_end.wait()
        return PlainPages({"/": hello}, "127.0.0.1", "")

    client = Client(PlainPages({"/hello": hello}, "127.0.0.1", "", others=make))
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(client.get, "/")
        making.wait()
        busy, known = client.get("/"), client.get("/hello")
        may_end.set()
        assert (busy.status_code, json.loads(busy.data)) == (503, {"error": LOADING})
        assert (known.status_code, first.result().status_code, client.get("/").status_code) == (200, 200, 200)
