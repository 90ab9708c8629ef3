import re
import threading
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.support.regions import session_of
from training.region.page import make_page
from training.region.session import Session

NOTHING: dict[str, Any] = {"roi": None, "operations": []}


class Page:
    def __init__(self, session: Session) -> None:
        self.session, self.closing = session, threading.Event()
        self.commands: list[str] = []
        app = make_page(session, "127.0.0.1", self.commands.append, self.closing)
        self.client: FlaskClient = app.test_client()
        found = re.search(r'csrf-token" content="([^"]+)"', self.client.get("/").text)
        assert found is not None
        self.token = {"X-CSRFToken": found[1]}

    def save(self, body: Any, **headers: str) -> Any:
        return self.client.post("/api/region", json=body, headers=self.token | headers)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Page:
    return Page(session_of(tmp_path_factory.mktemp("page")))


def test_the_page_knows_images_and_suggestion(page: Page) -> None:
    about = page.client.get("/api/region").json
    assert about is not None
    assert (about["width"], about["height"], len(about["images"]), about["has_saved"]) == (96, 96, 24, False)
    assert [area["name"] for area in about["suggestion"]["areas"]] == ["surround", "changing"]
    for path in ("/mean.png", "/spread.png", "/images/0.png", "/layers/changing.png"):
        answer = page.client.get(path)
        assert (answer.status_code, answer.data[:4]) == (200, b"\x89PNG"), path
    assert {page.client.get(path).status_code for path in ("/images/99.png", "/layers/x.png", "/x")} == {404}


def test_saving_answers_with_the_command_and_closing_ends_it(page: Page) -> None:
    answer = page.save(NOTHING)
    assert (answer.status_code, answer.json["command"]) == (200, page.commands[-1])
    assert not page.closing.is_set()
    page.save({**NOTHING, "close": True}).close()
    assert page.closing.is_set()


def test_requests_of_others_change_nothing(page: Page) -> None:
    saved = len(page.commands)
    answers = [
        page.client.post("/api/region", json=NOTHING),
        page.save(NOTHING, **{"X-CSRFToken": "guess"}),
        page.save(NOTHING, Origin="http://evil.example"),
        page.save(NOTHING, **{"Sec-Fetch-Site": "cross-site"}),
        page.save(NOTHING, Host="evil.example"),
        page.client.get("/", headers={"Host": "evil.example"}),
    ]
    assert [answer.status_code for answer in answers] == [403] * 6
    assert len(page.commands) == saved
    assert "default-src 'none'" in answers[0].headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({**NOTHING, "roi": {"x": 0, "y": 0, "width": 0, "height": 5}}, 400),
        ({**NOTHING, "operations": [{"kind": "spray"}]}, 400),
        ({**NOTHING, "operations": [{"kind": "layer", "name": "saved"}]}, 400),
        ({**NOTHING, "roi": {"x": 90, "y": 0, "width": 50, "height": 5}}, 409),
        ({**NOTHING, "operations": [{"kind": "rectangle", "box": {"x": 0, "y": 0, "width": 96, "height": 96}}]}, 409),
    ],
)
def test_what_cannot_be_saved_is_refused_with_a_sentence(page: Page, body: Any, status: int) -> None:
    answer = page.save(body)
    assert (answer.status_code, len(answer.json["error"]) > 20) == (status, True)


def test_an_image_that_is_gone_is_a_sentence(tmp_path: Path) -> None:
    page = Page(session_of(tmp_path, images=3))
    page.session.chosen.images[0].path.unlink()
    answer = page.client.get("/images/0.png")
    assert answer.status_code == 410
    assert answer.json is not None
    assert "expected the image to be there still" in answer.json["error"]
