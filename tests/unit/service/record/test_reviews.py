from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from service.record.messages import Record, ReviewReason, Source
from service.record.reviews import Label, Review, latest_reviews
from service.scoring.verdict import Region
from tests.support.records import FakeRecord


def review(offset: int, label: Label, **changes: object) -> Review:
    fields = {
        "source": Source(topic="images", partition=0, offset=offset),
        "part_id": f"part-{offset}",
        "stream": "default",
        "bundle": "0123456789abcdef",
        "label": label,
        "reviewer": "ann",
        "at": datetime(2026, 1, 31, tzinfo=UTC),
        "asked": ReviewReason.ANOMALY,
        "captured_at": datetime(2026, 1, 31, tzinfo=UTC),
    }
    return Review.model_validate(fields | changes)


def record(found: Review) -> Record:
    return FakeRecord(key=found.key, value=found.value())


def test_a_review_survives_the_topic() -> None:
    written = review(7, Label.DEFECT, kind="scratch", region=Region(x=1, y=2, width=3, height=4, peak=0.0), note="<b>")
    assert Review.model_validate_json(written.value()) == written
    assert written.key == b"images/0/7"


def test_the_latest_review_of_a_part_counts() -> None:
    given = [review(1, Label.NORMAL), review(2, Label.UNSURE), review(1, Label.DEFECT)]
    assert {source.offset: each.label for source, each in latest_reviews(map(record, given)).items()} == {
        1: Label.DEFECT,
        2: Label.UNSURE,
    }


def test_what_was_undone_is_gone() -> None:
    assert latest_reviews(map(record, [review(1, Label.NORMAL), review(1, Label.UNDONE)])) == {}


def test_what_is_no_review_is_skipped() -> None:
    assert latest_reviews([FakeRecord(key=b"x", value=b"no review"), FakeRecord(key=b"x", value=None)]) == {}


def test_only_defects_have_a_kind() -> None:
    with pytest.raises(ValidationError, match="only with label defect"):
        review(1, Label.NORMAL, kind="scratch")


@pytest.mark.parametrize("kind", ["../escape", "a/b", "", ".hidden"])
def test_a_kind_can_be_a_folder_name(kind: str) -> None:
    with pytest.raises(ValidationError, match="kind"):
        review(1, Label.DEFECT, kind=kind)
