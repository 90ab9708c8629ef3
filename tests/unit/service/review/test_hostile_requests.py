"""Requests that no page sends, to every address of the review page and of the status page: never a fault of ours."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from service.bundles.challengers import Challengers
from service.bundles.champions import Champions
from service.metrics import Metrics
from service.scoring.bundle import BundleStore
from service.status import Status
from service.web.headers import HEADERS
from service.web.status_page import make_pages
from tests.support.anomalies import anomaly
from tests.support.reviewing import Page, audit, verdict

TOKEN = "correct-horse-battery-ståple"
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW", "get")
VALUES = (
    "..", "../../etc/passwd", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "\x00", "%00", "%ff%fe", "%ED%A0%80", "é", "\u202e",
    "9" * 5000, "-1", "1e9", "0x10", "١٢", "<script>", "a" * 8000, "{}", "NaN", " ",
)  # fmt: skip
BODIES = (
    b"", b"null", b"[]", b"{", b"\xff\xfe", b"[" * 60_000, b'{"a":' * 10_000, b'{"label": NaN}', b"9" * 60_000,
    b'{"label": "defect", "reviewer": "\\ud800"}', b'{"label": "defect", "reviewer": "ann", "region": {"x": 1e400}}',
    b'{"label":"defect","reviewer":"a","region":{"x":1,"y":1,"width":' + b"9" * 5000 + b',"height":1}}',
    b'{"part": "' + b"x" * 50_000 + b'"}', b'{"at": "0001-01-01T00:00:00+14:00", "reviewer": "ann"}',
    b'{"label": "defect", "reviewer": "ann", "note": "\\u0000\\u202e"}', b"x" * 70_000,
)  # fmt: skip
TYPES = ("application/json", "application/json; charset=nonsense", "text/plain", "multipart/form-data", "", "é/x")
HEADERS_OF_OTHERS: tuple[dict[str, str], ...] = (
    {"Host": "[::1"}, {"Host": "evil.example"}, {"Host": ""}, {"Host": "a b"}, {"Origin": "http://["}, {"Origin": ""},
    {"Origin": "null"}, {"Cookie": "linewatch_review=" + "x" * 3000}, {"Cookie": "\xff=\xfe;;;"},
    {"Authorization": "Bearer \xff\xfe"}, {"Authorization": "Bearer " + "é" * 2000}, {"Authorization": "Bearer"},
    {"Authorization": "Basic ////"}, {"Authorization": "Digest nonce=,"}, {"Accept": "\xff" * 500},
    {"If-None-Match": '"' * 999}, {"Range": "bytes=9-1,-,5"}, {"X-CSRFToken": "\xff"}, {"Content-Length": "5"},
    {"X-Forwarded-Proto": "https, \xff", "X-Forwarded-For": "x" * 999}, {"Sec-Fetch-Site": "é"},
)  # fmt: skip


def status_app(folder: Path) -> Flask:
    metrics, status = Metrics(), Status()
    stores = BundleStore(folder)
    status.count("default", images=1, anomalies=[anomaly("t-0-1")])
    return make_pages(metrics.registry, Champions(stores, metrics, 1), Challengers(stores, metrics, 1), status)


@pytest.fixture(params=["review", "review with a token", "run"])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Flask:
    if request.param == "run":
        return status_app(tmp_path)
    return Page(tmp_path, [verdict(1), audit(2)], TOKEN if "token" in request.param else None).app


def paths(app: Flask) -> Iterator[str]:
    """Every address, as it is meant and with each hostile value in place of what varies."""
    for rule in app.url_map.iter_rules():
        shape = rule.rule
        usual = {"topic": "images", "partition": "0", "offset": "1", "path:filename": "icon.svg", "anomaly_id": "t-0-1"}
        for name in ("topic", "partition", "offset", "path:filename", "anomaly_id", "view"):
            if f"<{name}>" in shape:
                others = {**usual, "view": "image"}
                for value in VALUES:
                    yield fill(shape, {**others, name: value})
        yield fill(shape, {**usual, "view": "image"})
    yield from ("/nowhere", "//", "/api/", "/static/../../settings.py", "/static/%2e%2e/%2e%2e/settings.py", "/\\")
    for value in VALUES:
        yield f"/?token={value}"
        yield from (f"/api/queue?{name}={value}" for name in ("stream", "since", "state", "decision", value))


def fill(shape: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        shape = shape.replace(f"<{name}>", value)
    return shape


def sentence_of(answer: object) -> str:
    """The error of an answer, which is one sentence in JSON."""
    return str(json.loads(answer.data)["error"])  # type: ignore[attr-defined] # a werkzeug response


def demand_an_answer(app: Flask, path: str, **request: object) -> None:
    with app.test_client().open(path, **request) as answer:  # type: ignore[arg-type] # anything
        assert answer.status_code < 500 or path in ("/ready", "/live"), (path, request, answer.data[:500])
        assert HEADERS.items() <= dict(answer.headers).items(), (path, request)
        method = str(request.get("method", "GET"))
        if answer.status_code >= 400 and method != "HEAD" and path.rstrip("/") not in ("/ready", "/live", "/enter"):
            assert len(sentence_of(answer)) < 2000, (path, request)


def test_every_address_takes_every_value_and_method(app: Flask) -> None:
    tried = list(paths(app))
    assert len(tried) > 100
    for path in tried:
        demand_an_answer(app, path)
    for path in {path for path in tried if len(path) < 60}:
        for method in METHODS:
            demand_an_answer(app, path, method=method)


def test_every_address_takes_every_header(app: Flask) -> None:
    for path in (
        "/",
        "/enter",
        "/metrics",
        "/api/queue",
        "/api/parts/images/0/1/image",
        "/static/icon.svg",
        "/nowhere",
    ):
        for headers in HEADERS_OF_OTHERS:
            demand_an_answer(app, path, headers=headers)
            demand_an_answer(app, path, headers=headers, method="POST")


def test_no_body_is_too_odd(tmp_path: Path) -> None:
    page = Page(tmp_path, [verdict(1)])
    token = page.token()
    for path in ("/api/find", "/api/parts/images/0/1/review", "/api/parts/images/0/1/undo", "/enter"):
        for body in BODIES:
            for kind in TYPES:
                answer = page.browser.post(path, data=body, content_type=kind, headers={"X-CSRFToken": token})
                assert answer.status_code < 500, (path, body[:50], kind, answer.data[:500])
                assert answer.status_code < 400 or path == "/enter" or sentence_of(answer)
    assert {review.note for review in page.producer.written if review.note} == {"\x00\u202e"}


def test_a_token_that_is_not_ascii_lets_in_and_others_do_not(tmp_path: Path) -> None:
    page = Page(tmp_path, [verdict(1)], TOKEN)

    def status(shown: bytes) -> int:
        return int(page.fetch("/api/queue", Authorization="Bearer " + shown.decode("latin-1")).status_code)

    assert status(TOKEN.encode()) == 200
    assert [status(shown) for shown in (b"\xff\xfe", "ståple".encode(), TOKEN.encode("latin-1"))] == [401] * 3


def test_what_is_outside_of_the_static_folder_is_never_shown(app: Flask) -> None:
    for path in paths(app):
        with app.test_client().get(path) as answer:
            assert b"root:" not in answer.data
            assert b"_Group" not in answer.data
