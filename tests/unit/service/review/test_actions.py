"""The actions themselves, without HTTP; the API's tests show them as the page sees them."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from time import sleep

import numpy as np
import pytest

from service.record.errors import StreamError
from service.record.image_archive import ArchiveError
from service.record.messages import ReviewReason, encode_map
from service.record.reviews import Label
from service.review.actions import Refused
from service.review.image_source import ImageGone
from service.review.part_index import ReviewPart
from service.review.part_search import NoSuchPart
from service.review.schemas import Answer, Box, Lookup, Undo
from service.scoring.map_rendering import to_png
from service.scoring.verdict import Region
from tests.support.bundles import SIDE
from tests.support.reviewing import NOON, FakeProducer, Page, audit, image, source, verdict

NORMAL = Answer(label=Label.NORMAL, reviewer="ann")
DEFECT = Answer(label=Label.DEFECT, kind="dent", region=Box(x=1, y=2, width=3, height=4), note="deep", reviewer="bob")


@pytest.fixture
def page(tmp_path: Path) -> Page:
    return Page(tmp_path, [verdict(1), audit(2), verdict(3, "review")])


def given_at(part: ReviewPart) -> datetime:
    """When its review in force was given."""
    assert part.review is not None
    return part.review.at


def test_an_answer_becomes_a_review_of_the_verdicts_part(page: Page) -> None:
    part = page.actions.review(source(1), DEFECT)
    (written,) = page.producer.written
    assert part.review == written
    assert (written.label, written.kind, written.note, written.reviewer) == ("defect", "dent", "deep", "bob")
    assert written.region == Region(x=1, y=2, width=3, height=4, peak=0.0)
    assert (written.part_id, written.stream, written.bundle) == ("part-1", "default", "0123456789abcdef")
    assert (written.asked, written.captured_at) == (ReviewReason.ANOMALY, NOON + timedelta(minutes=1))
    assert written.digest == hashlib.sha256(image(1)).hexdigest()


def test_a_region_may_touch_the_edge_of_the_image_and_not_cross_it(page: Page) -> None:
    edge = DEFECT.model_copy(update={"region": Box(x=SIDE - 3, y=SIDE - 4, width=3, height=4)})
    assert page.actions.review(source(1), edge).review is not None
    beyond = DEFECT.model_copy(update={"region": Box(x=SIDE - 3, y=SIDE - 4, width=3, height=5)})
    with pytest.raises(Refused, match=f"one that ends at {SIDE}, {SIDE + 1}; draw it again"):
        page.actions.review(source(1), beyond)
    assert len(page.producer.written) == 1


def test_a_review_without_an_image_has_no_digest(page: Page) -> None:
    page.topic.gone.add(1)
    page.actions.review(source(1), NORMAL)
    assert page.producer.written[0].digest is None


def test_what_the_brokers_do_not_acknowledge_does_not_count(page: Page) -> None:
    page.producer.away = True
    with pytest.raises(StreamError):
        page.actions.review(source(1), NORMAL)
    assert page.actions.part(source(1)).review is None
    assert "linewatch_reviews_total{" not in page.fetch("/metrics").text


def test_without_the_archive_nothing_is_written(page: Page, tmp_path: Path) -> None:
    (tmp_path / "archive").write_text("a file where a folder should be")
    with pytest.raises(ArchiveError):
        page.actions.review(source(1), NORMAL)
    assert page.producer.written == []


def test_undo_withdraws_one_answer_after_another(page: Page) -> None:
    page.actions.review(source(1), NORMAL)
    second = page.actions.review(source(1), DEFECT)
    first = page.actions.undo(source(1), Undo(at=given_at(second), reviewer="cat"))
    assert first.review == page.producer.written[0]
    none = page.actions.undo(source(1), Undo(at=given_at(first), reviewer="cat"))
    assert none.review is None
    last = page.producer.written[-1]
    assert (last.label, last.kind, last.region, last.reviewer) == (Label.UNDONE, None, None, "cat")


def test_nothing_can_be_undone_before_there_is_an_answer(page: Page) -> None:
    with pytest.raises(Refused, match="to be the last one, found none"):
        page.actions.undo(source(1), Undo(at=NOON, reviewer="ann"))


class SlowProducer(FakeProducer):
    """Leaves time for another thread while it writes."""

    def send(self, topic: str, value: bytes, key: bytes) -> FakeProducer:
        sleep(0.02)
        return super().send(topic, value, key)


def test_of_two_people_who_undo_the_same_answer_one_is_refused(page: Page) -> None:
    part = page.actions.review(source(1), NORMAL)
    page.actions.writer.close()
    page.producer = SlowProducer(page.producer.written)

    def undo(reviewer: str) -> bool:
        try:
            page.actions.undo(source(1), Undo(at=given_at(part), reviewer=reviewer))
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(2) as people:
        assert sorted(people.map(undo, ["ann", "bob"])) == [False, True]
    assert [str(each.label) for each in page.producer.written] == ["normal", "undone"]


def test_a_part_nobody_is_asked_about_can_be_reviewed_once_it_is_found(page: Page) -> None:
    page.verdicts.written.append(verdict(9, "pass"))
    with pytest.raises(NoSuchPart, match="none at images/0/9: it is older than review_days"):
        page.actions.review(source(9), NORMAL)
    (found,) = page.actions.find(Lookup(part="part-9"))
    assert found.asked is ReviewReason.CHOSEN
    assert page.actions.review(source(9), NORMAL).review == page.producer.written[0]


def test_the_image_of_a_part_that_left_the_index_is_found_by_its_review(page: Page) -> None:
    page.actions.review(source(1), NORMAL)
    page.index.forget(NOON + timedelta(days=1))
    page.topic.gone.add(1)
    assert page.actions.preview(source(1), small=False) == (image(1), "image/png")


def test_an_image_that_is_nowhere_has_no_preview(page: Page) -> None:
    page.topic.gone.add(1)
    with pytest.raises(ImageGone):
        page.actions.preview(source(1), small=True)


def test_a_blind_audit_shows_neither_map_nor_hatching_nor_neighbours(page: Page) -> None:
    for hidden in (page.actions.anomaly_map, page.actions.unscored, page.actions.neighbours):
        with pytest.raises(Refused, match="an audit is blind"):
            hidden(source(2))
    page.actions.review(source(2), NORMAL)
    assert (page.actions.anomaly_map(source(2)), page.actions.neighbours(source(2))) == (None, None)


def test_without_bundle_and_image_the_small_map_of_the_verdict_is_left(tmp_path: Path) -> None:
    packed = encode_map(to_png(np.full((4, 4), 255, np.uint8)))
    page = Page(tmp_path, [verdict(1, anomaly_map=packed), verdict(2, anomaly_map="no base64")])
    page.topic.gone |= {1, 2}
    layer = page.actions.anomaly_map(source(1))
    assert layer is not None
    assert layer.startswith(b"\x89PNG")
    assert page.actions.anomaly_map(source(2)) is None
