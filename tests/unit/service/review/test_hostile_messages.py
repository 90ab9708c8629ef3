"""Verdicts and reviews that other programs wrote on the topics: they break neither the queue nor a part."""

import io
import json
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from service.record.messages import encode_map
from tests.support.hostile_messages import OF_BOTH, OF_REVIEWS, OF_VERDICTS, written
from tests.support.records import FakeRecord
from tests.support.reviewing import Page, on_topic, review, source, verdict

MARKUP = "<img src=x onerror=alert(1)>\u202e'\"\x00"


@pytest.fixture
def page(tmp_path: Path) -> Page:
    return Page(tmp_path, [verdict(1)])


def test_the_queue_goes_on_and_says_how_many_it_passed_over(page: Page) -> None:
    hostile = [*OF_BOTH, *OF_VERDICTS]
    for offset, changes in enumerate(hostile):
        record = written(verdict(2 + offset), changes)
        record.topic, record.offset = "verdicts", offset
        page.index.read_verdict(record)
    page.index.read_verdict(on_topic(verdict(99)))
    queue = page.get("queue")
    assert [each["source"] for each in queue["parts"]] == ["images/0/99", "images/0/1"]
    assert queue["passed_over"] == len(hostile)
    assert f'linewatch_review_passed_over_total{{topic="verdicts"}} {len(hostile)}.0' in page.fetch("/metrics").text


def test_reviews_of_others_are_passed_over_too(page: Page) -> None:
    for offset, changes in enumerate([*OF_BOTH, *OF_REVIEWS]):
        record = written(review(1), changes)
        record.offset = offset
        page.index.read_review(record)
    assert (page.get("queue")["open"]["anomaly"], page.index.reviews()) == (1, [])
    assert page.answer(1).status_code == 200


def test_a_record_that_comes_again_counts_once_and_the_end_of_a_key_not_at_all(page: Page) -> None:
    for offset in (0, 1, 0, 1, 2):
        page.index.read_verdict(FakeRecord(topic="verdicts", offset=offset, value=b"{}"))
    page.index.read_review(FakeRecord(topic="reviews", value=None))
    assert page.index.passed_over == {"verdicts": 3}


def test_ids_are_text_without_anything_unseen_and_not_without_end(page: Page) -> None:
    page.index.read_verdict(on_topic(verdict(2, part_id=MARKUP)))
    page.index.read_verdict(on_topic(verdict(3, part_id="x" * 1000)))
    shown = {each["source"]: each["part_id"] for each in page.get("queue")["parts"]}
    assert shown["images/0/2"] == "<img src=x onerror=alert(1)>\\u202e'\"\\u0000"
    assert len(shown["images/0/3"]) < 400
    assert page.fetch("/api/parts/images/0/2").content_type == "application/json"


def test_a_part_of_another_topic_is_a_sentence_and_never_another_image(page: Page) -> None:
    page.index.read_verdict(on_topic(verdict(2, source={"topic": "others", "partition": 7, "offset": 5})))
    page.topic.gone.add(5)
    gone = page.fetch("/api/parts/others/7/5/image")
    assert (gone.status_code, "found it on neither" in gone.json["error"]) == (410, True)
    assert page.post("/api/parts/others/7/5/review", {"label": "normal", "reviewer": "ann"}).status_code == 200


@pytest.mark.parametrize("side", [1000, 20_000])
def test_a_map_larger_than_maps_are_is_not_decoded(page: Page, side: int) -> None:
    file = io.BytesIO()
    Image.new("1", (side, side)).save(file, "PNG", compress_level=9)
    if len(encode_map(file.getvalue())) > 16 * 1024:  # what is larger never comes so far
        return
    page.index.read_verdict(on_topic(verdict(2, anomaly_map=encode_map(file.getvalue()))))
    tracemalloc.start()
    answer = page.fetch("/api/parts/images/0/2/map")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (answer.status_code, peak < 20_000_000) == (204, True)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xd8\xff", b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"x" * 99]
)
def test_a_map_that_is_no_picture_is_none(page: Page, content: bytes) -> None:
    page.index.read_verdict(on_topic(verdict(2, anomaly_map=encode_map(content))))
    assert page.fetch("/api/parts/images/0/2/map").status_code == 204


@pytest.mark.parametrize(
    "content", [b"<script>alert(1)</script>", b"<svg onload='alert(1)'/>", b"%PDF-1.4", b"GIF89a" * 9]
)
def test_what_is_no_image_is_never_sent_as_one(page: Page, content: bytes) -> None:
    page.topic.images[1] = content
    for view in ("image", "thumbnail"):
        answer = page.fetch(f"/api/parts/images/0/1/{view}")
        assert (answer.status_code, answer.content_type) == (422, "application/json")


def test_a_picture_is_sent_as_what_it_is_and_nothing_else(page: Page) -> None:
    answer = page.fetch("/api/parts/images/0/1/image")
    assert (answer.content_type, answer.headers["X-Content-Type-Options"]) == ("image/png", "nosniff")


def test_an_image_that_claims_gigapixels_is_not_sent_to_the_browser(page: Page) -> None:
    file = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(file, "PNG")
    page.topic.images[1] = file.getvalue()
    answer = page.fetch("/api/parts/images/0/1/image")
    assert (answer.status_code, "pixels" in answer.json["error"]) == (422, True)


def test_json_never_holds_what_is_no_number(page: Page) -> None:
    def refuse(constant: str) -> Any:
        raise AssertionError(constant)

    latent = np.full(4, np.nan, np.float32)
    page.actions.similar._latents.put("0123456789abcdef", source(1), latent)
    for path in ("queue", "parts/images/0/1", "parts/images/0/1/similar"):
        json.loads(page.fetch(f"/api/{path}").text, parse_constant=refuse)
