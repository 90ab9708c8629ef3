"""The JSON API, with topics in memory."""

import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from service.record.errors import StreamError
from service.record.messages import encode_map
from service.record.reviews import Label
from service.scoring.map_rendering import to_png
from tests.support.bundles import SIDE, THRESHOLD, part, png, write_bundle
from tests.support.framed import write_framed_bundle
from tests.support.latents import write_coded_bundle
from tests.support.reviewing import Page, audit, image, source, verdict

TELLING = ("score", "threshold", "error_ratio", "p_value", "decision", "regions", "bundle", "anomaly_map")


@pytest.fixture
def page(tmp_path: Path) -> Page:
    return Page(tmp_path, [verdict(1), verdict(2, "review"), audit(3), verdict(4)])


def test_the_queue_has_parts_in_order_with_counts_and_choices(page: Page) -> None:
    page.answer(4, "defect", kind="scratch")
    queue = page.get("queue")
    assert [each["source"] for each in queue["parts"]] == ["images/0/1", "images/0/2", "images/0/3"]
    assert (queue["open"], queue["done"]["anomaly"]) == ({"anomaly": 1, "review": 1, "audit": 1}, 1)
    assert (queue["streams"], queue["kinds"], queue["total"]) == (["default"], ["scratch"], 3)


def test_an_unchanged_queue_is_not_sent_again(page: Page) -> None:
    known = {"If-None-Match": page.fetch("/api/queue").headers["ETag"]}
    assert page.fetch("/api/queue", **known).status_code == 304
    assert page.fetch("/api/queue?state=done", **known).status_code == 200
    page.answer(1)
    assert page.fetch("/api/queue", **known).status_code == 200


def test_an_answer_is_on_the_topic_before_the_page_gets_its_response(page: Page) -> None:
    box = {"x": 1, "y": 2, "width": 3, "height": 4}
    answered = page.answer(1, "defect", kind="scratch", region=box, note="deep")
    shown = answered.json["review"]
    assert (answered.status_code, shown["label"], shown["kind"]) == (200, "defect", "scratch")
    (review,) = page.producer.written
    assert (review.source, review.label, review.kind, review.note, review.reviewer) == (
        source(1),
        Label.DEFECT,
        "scratch",
        "deep",
        "ann",
    )
    assert review.region is not None
    assert review.region.model_dump() == {**box, "peak": 0.0}
    assert (review.asked, review.bundle, review.stream) == ("anomaly", "0123456789abcdef", "default")


def test_a_reviewed_image_is_put_into_the_archive(page: Page) -> None:
    page.answer(1)
    (review,) = page.producer.written
    assert review.digest == hashlib.sha256(image(1)).hexdigest()
    assert page.archive.read(review.digest) == image(1)


def test_an_audit_shows_nothing_of_what_linewatch_thinks_until_it_is_answered(page: Page) -> None:
    seen = [page.fetch("/api/parts/images/0/3").text, json.dumps(page.get("queue?decision=pass")["parts"])]
    assert [word for word in TELLING for text in seen if f'"{word}"' in text] == []
    for hidden in ("map", "similar"):
        refused = page.fetch(f"/api/parts/images/0/3/{hidden}")
        assert (refused.status_code, "an audit is blind" in refused.json["error"]) == (409, True)
    answered = page.answer(3).json
    assert (answered["opinion"]["decision"], answered["opinion"]["error_ratio"]) == ("pass", 0.4)
    assert page.fetch("/api/parts/images/0/3/map").status_code == 204


def test_undo_withdraws_the_answer_on_the_topic_too(page: Page) -> None:
    given = page.answer(1, "defect", kind="dent", note="x").json
    undone = page.post("/api/parts/images/0/1/undo", {"at": given["review"]["at"], "reviewer": "bob"})
    assert (undone.status_code, "review" in undone.json) == (200, False)
    last = page.producer.written[-1]
    assert (last.label, last.reviewer, last.kind, last.note) == (Label.UNDONE, "bob", None, "")
    assert page.get("queue")["open"]["anomaly"] == 2


def test_undo_of_a_second_answer_brings_the_first_back_word_for_word(page: Page) -> None:
    page.answer(1, "normal", note="first")
    second = page.answer(1, "defect").json
    undone = page.post("/api/parts/images/0/1/undo", {"at": second["review"]["at"], "reviewer": "ann"}).json
    assert (undone["review"]["label"], undone["review"]["note"]) == ("normal", "first")
    assert page.producer.written[2] == page.producer.written[0]


def test_undo_never_withdraws_an_answer_that_somebody_else_gave_meanwhile(page: Page) -> None:
    mine = page.answer(1).json
    page.answer(1, "defect", reviewer="bob")
    refused = page.post("/api/parts/images/0/1/undo", {"at": mine["review"]["at"], "reviewer": "ann"})
    assert (refused.status_code, "another by bob" in refused.json["error"]) == (409, True)
    assert len(page.producer.written) == 2


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"label": "fine", "reviewer": "ann"}, "label: "),
        ({"label": "undone", "reviewer": "ann"}, "label: "),
        ({"label": "defect", "kind": "../x", "reviewer": "ann"}, "expected a kind of at most 64 letters"),
        ({"label": "normal", "reviewer": "  "}, "expected the name of the reviewer"),
        ({"label": "normal", "kind": "dent", "reviewer": "ann"}, "only with label defect"),
        ({"label": "normal", "reviewer": "ann", "score": 1}, "score: "),
    ],
)
def test_a_wrong_answer_is_one_sentence_and_changes_nothing(page: Page, answer: dict[str, str], why: str) -> None:
    refused = page.post("/api/parts/images/0/1/review", answer)
    assert (refused.status_code, why in refused.json["error"]) == (400, True)
    assert page.producer.written == []


def test_a_region_must_be_on_the_image(page: Page) -> None:
    refused = page.answer(1, "defect", region={"x": SIDE - 2, "y": 0, "width": 3, "height": 1})
    assert (refused.status_code, "a region on the image of 32 x 32 pixels" in refused.json["error"]) == (409, True)


def test_a_part_nobody_is_asked_about_is_not_found(page: Page) -> None:
    for path in ("", "/image", "/thumbnail", "/map", "/similar"):
        missing = page.fetch(f"/api/parts/images/0/99{path}")
        assert (missing.status_code, "none at images/0/99" in missing.json["error"]) == (404, True)


def test_an_image_that_is_gone_is_a_sentence_and_its_part_can_still_be_reviewed(page: Page) -> None:
    page.topic.gone.add(1)
    gone = page.fetch("/api/parts/images/0/1/image")
    assert (gone.status_code, "retention has passed" in gone.json["error"]) == (410, True)
    assert page.answer(1).status_code == 200
    assert page.producer.written[0].digest is None


def test_a_part_that_nobody_asked_about_is_found_by_its_id_and_reviewed_as_chosen(page: Page) -> None:
    page.verdicts.written.append(verdict(9, "pass"))
    assert page.fetch("/api/parts/images/0/9").status_code == 404
    (found,) = page.post("/api/find", {"part": " part-9 "}).json["parts"]
    assert (found["source"], found["asked"], found["opinion"]["decision"]) == ("images/0/9", "chosen", "pass")
    answered = page.answer(9, "defect", kind="crack")
    assert (answered.status_code, answered.json["review"]["kind"]) == (200, "crack")
    (review,) = page.producer.written
    assert (review.asked, review.part_id, review.digest) == ("chosen", "part-9", hashlib.sha256(image(9)).hexdigest())
    assert (page.fetch("/api/parts/images/0/9/image").status_code, page.get("queue?state=all")["total"]) == (200, 4)
    undone = page.post("/api/parts/images/0/9/undo", {"at": answered.json["review"]["at"], "reviewer": "ann"})
    assert "review" not in undone.json


def test_a_part_is_found_by_the_coordinates_of_its_image_too(page: Page) -> None:
    (found,) = page.post("/api/find", {"part": "images/0/2"}).json["parts"]
    assert (found["part_id"], found["asked"]) == ("part-2", "review")


def test_an_open_audit_that_is_looked_up_stays_blind(page: Page) -> None:
    for text in ("part-3", "images/0/3"):
        found = page.post("/api/find", {"part": text})
        assert [each["asked"] for each in found.json["parts"]] == ["audit"]
        assert [word for word in TELLING if f'"{word}"' in found.text] == []
    assert page.fetch("/api/parts/images/0/3/map").status_code == 409
    page.answer(3)
    assert page.producer.written[0].asked == "audit"


def test_a_part_that_is_not_found_is_one_sentence(page: Page) -> None:
    missing = page.post("/api/find", {"part": "part-77"})
    assert missing.status_code == 404
    assert "expected 'part-77' to be the id of a part" in missing.json["error"]
    assert "found none; check how it is written" in missing.json["error"]
    empty = page.post("/api/find", {"part": "  "})
    assert (empty.status_code, "expected a part's id, or the coordinates" in empty.json["error"]) == (400, True)


def test_without_brokers_nothing_can_be_looked_up(page: Page) -> None:
    page.verdicts.fault = StreamError("expected Kafka at localhost:9092, found nobody")
    assert page.post("/api/find", {"part": "part-1"}).status_code == 503


def test_looking_up_needs_the_pages_token_and_its_own_origin(page: Page) -> None:
    assert page.browser.post("/api/find", json={"part": "part-1"}).status_code == 400
    foreign = page.post("/api/find", {"part": "part-1"}, Origin="http://elsewhere.example")
    assert foreign.status_code == 403
    assert page.verdicts.sought == []


def test_without_brokers_an_answer_is_refused_and_can_be_given_again(page: Page) -> None:
    page.producer.away = True
    refused = page.answer(1)
    assert (refused.status_code, "it does not count yet" in refused.json["error"]) == (503, True)
    assert page.get("queue")["open"]["anomaly"] == 2
    page.producer.away = False
    assert page.answer(1).status_code == 200


def test_without_brokers_a_picture_is_a_sentence(page: Page) -> None:
    page.topic.fault = StreamError("expected Kafka at localhost:9092, found nobody")
    away = page.fetch("/api/parts/images/0/1/image")
    assert (away.status_code, away.json["error"]) == (503, "expected Kafka at localhost:9092, found nobody")


def test_an_archive_that_cannot_be_written_is_a_sentence_and_no_review(page: Page, tmp_path: Path) -> None:
    (tmp_path / "archive").write_text("a file where a folder should be")
    refused = page.answer(1)
    assert (refused.status_code, "expected an archive at" in refused.json["error"]) == (503, True)
    assert page.producer.written == []


def test_the_map_is_the_whole_one_of_the_verdicts_bundle_on_the_fixed_scale(tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "store")
    page = Page(tmp_path, [verdict(1, bundle=bundle.name)])
    layer = _decoded(page.fetch("/api/parts/images/0/1/map").data)
    assert layer.shape == (SIDE, SIDE, 4)
    bright, dark = layer[SIDE // 2 + 1, SIDE // 4 + 1, 3], layer[2, 2, 3]
    assert bright == pytest.approx(0.65 * 255 * (200 / 255) / (2 * THRESHOLD), abs=1)
    assert dark == pytest.approx(0.65 * 255 * (60 / 255) / (2 * THRESHOLD), abs=1)


def test_without_the_bundle_the_small_map_of_the_verdict_is_shown(tmp_path: Path) -> None:
    grey = np.zeros((8, 8), np.uint8)
    grey[3, 4] = 255
    packed = verdict(1, anomaly_map=_packed(grey))
    layer = _decoded(Page(tmp_path, [packed]).fetch("/api/parts/images/0/1/map").data)
    assert (layer.shape, layer[3, 4, 3], layer[0, 0, 3]) == ((8, 8, 4), round(0.65 * 255), 0)


def test_what_is_not_scored_is_a_layer_where_there_is_something(tmp_path: Path) -> None:
    framed, plain = write_framed_bundle(tmp_path / "store"), write_bundle(tmp_path / "store")
    judged = [verdict(1, bundle=framed.name), verdict(2, bundle=plain.name), verdict(3), audit(4, bundle=framed.name)]
    page = Page(tmp_path, judged)
    layer = page.fetch("/api/parts/images/0/1/unscored")
    opacity = _decoded(layer.data)[..., 3]
    side = len(opacity)
    assert (layer.mimetype, opacity.shape) == ("image/png", (side, side))
    assert min(opacity[side // 2, side // 8], opacity[side // 4, -1]) > 0
    assert opacity[-1, -1] == opacity[side // 4, side // 2] == 0
    assert [page.fetch(f"/api/parts/images/0/{each}/unscored").status_code for each in (2, 3, 4)] == [204, 204, 409]


def test_similar_parts_are_reviewed_ones_nearest_in_latent_space_first(tmp_path: Path) -> None:
    bundle = write_coded_bundle(tmp_path / "store")
    page = Page(tmp_path, [verdict(offset, bundle=bundle.name) for offset in range(4)])
    page.topic.images = {0: _plain(200, 100), 1: _plain(100, 200), 2: _plain(190, 110), 3: _plain(10, 200)}
    page.answer(1, "normal")
    page.answer(2, "defect", kind="stain")
    similar = page.get("parts/images/0/0/similar")
    assert [each["part_id"] for each in similar["parts"]] == ["part-2", "part-1"]
    assert similar["parts"][0]["review"]["kind"] == "stain"
    one, other = np.array([200, 100]), np.array([190, 110])
    cosine = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
    assert similar["parts"][0]["distance"] == pytest.approx(1 - cosine, abs=1e-4)


def test_a_bundle_without_latents_has_no_similar_parts(tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "store")
    page = Page(tmp_path, [verdict(1, bundle=bundle.name)])
    assert page.get("parts/images/0/1/similar") == {"has_code": False, "parts": []}


def test_a_thumbnail_is_a_small_jpeg(page: Page) -> None:
    page.topic.images = {1: png(part(60, side=400))}
    small = page.fetch("/api/parts/images/0/1/thumbnail")
    assert (small.mimetype, _decoded(small.data).shape) == ("image/jpeg", (192, 192, 3))


def _decoded(data: bytes) -> np.ndarray:
    found: np.ndarray | None = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert found is not None
    return found


def _plain(red: int, green: int) -> bytes:
    return png(np.full((SIDE, SIDE, 3), (red, green, 0), np.uint8))


def _packed(grey: np.ndarray) -> str:
    return encode_map(to_png(grey))
