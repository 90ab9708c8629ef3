"""Hostile requests: the pages' server answers or refuses each, and the review page, too."""

from pathlib import Path

import pytest

from deploy.fuzz.dice import Dice
from deploy.fuzz.hostile import Hostile
from deploy.fuzz.inputs.requests import Requests
from service.web.server import serving
from tests.support.reviewing import Page, verdict


@pytest.mark.parametrize("token", [None, "a-token-of-many-letters"])
def test_no_hostile_request_breaks_the_review_page(token: str | None, tmp_path: Path) -> None:
    page = Page(tmp_path, [verdict(1), verdict(2)], token)
    with serving(page.app, "127.0.0.1", 0) as port:
        requests = Requests(port)
        made = [requests.make(Dice(3, number)) for number in range(400)]
        faults = {each.data: found.fault for each in made if (found := requests.judge(each)).fault}
    assert faults == {}


def test_an_answer_of_500_is_a_fault() -> None:
    def broken(_environment: object, answer: object) -> list[bytes]:
        answer("500 Internal Server Error", [])  # type: ignore[operator] # WSGI's
        return [b""]

    with serving(broken, "127.0.0.1", 0) as port:
        judged = Requests(port).judge(Hostile("request", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"))
    assert judged.fault == "answered by 500"
