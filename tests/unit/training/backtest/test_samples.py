"""Test images of a backtest."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.record.messages import ImageSize, ReviewReason, Source, VerdictMessage
from service.record.reviews import Label, Review
from tests.support.backtests import write_tests
from tests.support.bundles import part
from tests.support.drawn_parts import write_image
from training.backtest.samples import folder_samples, line_samples
from training.collection.holdout import is_held_out
from training.collection.inspected_part import InspectedPart
from training.collection.time_range import Span
from training.data.exclusions import total
from training.errors import TrainingError

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
SPAN = Span(NOON, NOON + timedelta(hours=1))


def source(offset: int) -> Source:
    return Source(topic="images", partition=0, offset=offset)


HELD_OUT = next(i for i in range(100, 200) if is_held_out(source(i)))
LEARNT_FROM = next(i for i in range(100, 200) if not is_held_out(source(i)))


def verdict(offset: int, stream: str = "line", minutes: float = 5.0) -> VerdictMessage:
    at = NOON + timedelta(minutes=minutes)
    return VerdictMessage(
        score=0.1, threshold=0.5, error_ratio=0.2, p_value=0.5, decision="pass", bundle="b", part_id=f"part-{offset}",
        stream=stream, captured_at=at, scored_at=at, source=source(offset), image=ImageSize(width=1, height=1),
    )  # fmt: skip


def review(offset: int, label: Label, kind: str | None = None, minutes: float = 5.0) -> Review:
    at = NOON + timedelta(minutes=minutes)
    return Review(
        source=source(offset), part_id=f"part-{offset}", stream="line", bundle="b", label=label, kind=kind,
        reviewer="ann", at=at, asked=ReviewReason.ANOMALY, captured_at=at,
    )  # fmt: skip


class Record:
    """What was inspected, without Kafka; every image is its part's id, but that of a part that is gone."""

    def __init__(self, verdicts: Sequence[VerdictMessage], *reviews: Review, gone: str = "") -> None:
        self._verdicts, self._reviews, self._gone = verdicts, reviews, gone

    def reviews(self) -> dict[Source, Review]:
        return {each.source: each for each in self._reviews}

    def verdicts(self, since: datetime) -> Iterator[VerdictMessage]:
        return (each for each in self._verdicts if each.captured_at >= since)

    def images(self, parts: Sequence[InspectedPart]) -> Iterator[tuple[InspectedPart, bytes | None]]:
        return ((each, None if each.part_id == self._gone else each.part_id.encode()) for each in parts)


def kinds(record: Record, *, limit: int = 100, with_train: bool = False) -> dict[str, str | None]:
    """Part id -> label."""
    found = line_samples(record, "line", SPAN, limit=limit, with_train=with_train)
    images = list(found.images)
    assert found.total == len(images)
    return {each.name.split(" ")[0]: each.kind for each in images}


def test_a_folder_gives_its_test_images_and_the_normal_set_only_if_asked_for(tmp_path: Path) -> None:
    data = write_tests(tmp_path, good=2, defects=1)
    write_image(data / "train/good/x.png", part(60))
    named = {each.name: each.kind for each in folder_samples(data, with_train=False).images}
    assert named == {"test/good/0.png": "good", "test/good/1.png": "good", "test/spot/0.png": "spot"}
    assert folder_samples(data, with_train=True).total == 4


def test_a_folder_without_test_images_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="check --data"):
        folder_samples(tmp_path, with_train=False)


def test_reviews_are_the_labels_and_unreviewed_parts_have_none() -> None:
    record = Record(
        [verdict(1), verdict(2), verdict(3), verdict(HELD_OUT)],
        review(1, Label.DEFECT, "crack"),
        review(2, Label.UNSURE),
        review(HELD_OUT, Label.NORMAL),
        review(4, Label.DEFECT),
    )
    assert kinds(record) == {
        "part-1": "crack", "part-2": None, "part-3": None, f"part-{HELD_OUT}": "good", "part-4": "defect",
    }  # fmt: skip


def test_a_part_reviewed_normal_that_may_have_been_learnt_from_counts_only_if_asked_for() -> None:
    record = Record([verdict(LEARNT_FROM), verdict(1)], review(LEARNT_FROM, Label.NORMAL))
    assert kinds(record) == {"part-1": None}
    assert kinds(record, with_train=True) == {"part-1": None, f"part-{LEARNT_FROM}": "good"}


def test_a_labelled_part_stands_for_the_parts_that_were_asked_about_for_the_same_reason() -> None:
    passes = [verdict(i) for i in range(40)]
    audits = [verdict(i).model_copy(update={"audit": True}) for i in (40, 41)]
    flagged = [verdict(i).model_copy(update={"decision": "anomaly"}) for i in (50, 51)]
    record = Record(
        [*passes, *audits, *flagged],
        review(40, Label.NORMAL).model_copy(update={"asked": ReviewReason.AUDIT}),
        review(41, Label.DEFECT).model_copy(update={"asked": ReviewReason.AUDIT}),
        review(50, Label.NORMAL),
        review(0, Label.NORMAL).model_copy(update={"asked": ReviewReason.CHOSEN}),
    )
    found = line_samples(record, "line", SPAN, limit=0, with_train=True)
    stands_for = {each.name.split(" ")[0]: each.stands_for for each in found.images}
    assert stands_for == {"part-40": 21.0, "part-41": 21.0, "part-50": 2.0, "part-0": 0.0}
    assert found.rates is not None
    (rates,) = found.rates
    assert (rates.bundle, rates.passed.parts, rates.passed.settled, rates.anomaly.settled) == ("b", 42, 2, 1)


def test_other_streams_and_times_are_passed_over() -> None:
    record = Record(
        [verdict(1, stream="other"), verdict(2, minutes=70), verdict(3)], review(4, Label.DEFECT, minutes=-5)
    )
    assert kinds(record) == {"part-3": None}


def test_of_unreviewed_parts_those_with_the_lowest_hashes_are_sampled_and_always_the_same() -> None:
    everything = [verdict(i) for i in range(60)]
    sampled = kinds(Record(everything, review(70, Label.DEFECT)), limit=7)
    lowest = sorted(everything, key=lambda each: hashlib.sha256(f"backtest:{each.source}".encode()).digest())[:7]
    assert list(sampled) == ["part-70", *(each.part_id for each in lowest)]
    assert kinds(Record([*everything[::-1], *everything], review(70, Label.DEFECT)), limit=7) == sampled


def test_flagged_parts_that_nobody_reviewed_are_sampled_like_passes() -> None:
    flagged = verdict(1).model_copy(update={"decision": "anomaly", "p_value": 0.001})
    assert kinds(Record([flagged, verdict(2)])) == {"part-1": None, "part-2": None}


def test_an_image_that_is_gone_is_still_named() -> None:
    found = line_samples(Record([verdict(1)], gone="part-1"), "line", SPAN, limit=9, with_train=False)
    assert [each.data for each in found.images] == [None]


def test_a_line_without_parts_is_refused() -> None:
    with pytest.raises(TrainingError, match="expected parts of stream 'line'"):
        line_samples(Record([]), "line", SPAN, limit=9, with_train=False)


def test_what_is_passed_over_in_a_folder_is_counted_and_every_name_can_be_written(tmp_path: Path) -> None:
    write_image(tmp_path / "train/good/0.png", part(60))
    write_image(tmp_path / "train/good/.old/1.png", part(60))
    write_image(tmp_path / "test/good/2.png", part(60))
    (tmp_path / "test/good/2.png").rename(tmp_path / "test/good" / os.fsdecode(b"\xfc.png"))
    write_image(tmp_path / "test/good/@eaDir/3.png", part(60))
    alone, both = (folder_samples(tmp_path, with_train=with_train) for with_train in (False, True))
    assert [sample.name for sample in alone.images] == [r"test/good/\xfc.png"]
    assert (alone.total, total(alone.left_out)) == (1, 1)
    assert (both.total, total(both.left_out)) == (2, 2)
