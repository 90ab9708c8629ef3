"""The page itself, and its probes and metrics."""

import re
from pathlib import Path

import pytest

from service.review import review_page
from tests.support.reviewing import Page, audit, verdict

STATIC = Path(review_page.__file__).parent / "static"
SCRIPTS = sorted(STATIC.glob("*.js"))


@pytest.fixture
def page(tmp_path: Path) -> Page:
    return Page(tmp_path, [verdict(1), audit(2), audit(3)])


def test_text_from_messages_is_never_in_the_document_the_server_makes(tmp_path: Path) -> None:
    text = "<script>alert(1)</script>"
    page = Page(tmp_path, [verdict(1, part_id=text)])
    page.answer(1, note=text)
    assert "alert(" not in page.fetch("/").text
    queue = page.fetch("/api/queue?state=done")
    assert (queue.mimetype, queue.json["parts"][0]["part_id"]) == ("application/json", text)


def test_the_reviewers_name_is_escaped_in_the_document(tmp_path: Path) -> None:
    page = Page(tmp_path, [], reviewer='"><script>alert(1)</script>')
    assert "<script>alert" not in page.fetch("/").text


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_set_text_as_text_and_load_nothing_from_elsewhere(script: Path) -> None:
    code = script.read_text()
    assert re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", code) == []
    assert re.findall(r"https?://(?!www\.w3\.org/2000/svg)", code) == []


def test_it_is_ready_when_all_is_read_and_gives_the_reason_until_then(page: Page) -> None:
    assert page.fetch("/ready").status_code == 200
    page.state = "still reading the topics"
    waiting = page.fetch("/ready")
    assert (waiting.status_code, waiting.text) == (503, "not ready: still reading the topics\n")
    assert page.get("queue")["state"] == "still reading the topics"


def test_it_is_live_unless_a_thread_has_ended(page: Page) -> None:
    assert page.fetch("/live").status_code == 200
    page.ended = "audit archiver"
    dead = page.fetch("/live")
    assert (dead.status_code, dead.text) == (503, "ended: audit archiver\n")


def test_metrics_count_reviews_and_what_is_open(page: Page) -> None:
    page.answer(2, "defect")
    metrics = page.fetch("/metrics").text
    assert 'linewatch_reviews_total{asked="audit",label="defect",stream="default"} 1.0' in metrics
    assert 'linewatch_review_open{asked="audit",stream="default"} 1.0' in metrics
    assert 'linewatch_review_open{asked="anomaly",stream="default"} 1.0' in metrics


def test_an_error_outside_the_api_is_plain_text(page: Page) -> None:
    missing = page.fetch("/nowhere")
    assert (missing.status_code, "<" in missing.text) == (404, False)
