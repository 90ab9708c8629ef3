from datetime import timedelta

import pytest

from service.record.messages import VerdictMessage
from service.record.reviews import Label, Review
from tests.support.inspection_log import DAY, NOON, STREAM, FakeInspection, review, silent, source, verdict
from training.collection.inspected_part import ExclusionReason, InspectedPart, Stratum
from training.collection.sampling import stratified_sample
from training.collection.verdict_reservoir import LineSample, sample_line


def sample(verdicts: list[VerdictMessage], reviews: list[Review] | None = None, *, limit: int = 500) -> LineSample:
    record = FakeInspection(verdicts, reviews or [])
    return sample_line(record, STREAM, DAY, silent(), min_p_value=0.05, seed=0, limit=limit)


def passes(of: LineSample) -> list[InspectedPart]:
    return [part for _, part in of.passes]


def test_parts_of_other_streams_and_times_are_passed_over() -> None:
    found = sample([verdict(1), verdict(2, stream="right"), verdict(3, at=NOON - timedelta(seconds=1)), verdict(4)])
    assert found.total() == 2
    assert {part.source for part in passes(found)} == {source(1), source(4)}


def test_memory_is_bounded_and_the_lowest_sampling_keys_are_kept() -> None:
    verdicts = [verdict(offset, (offset % 100) / 100) for offset in range(5, 1000) if offset % 100 >= 5]
    few, everything = sample(verdicts, limit=1), sample(verdicts)
    assert len(few.passes) < len(everything.passes) / 2
    assert few.passes[:2] == everything.passes[:2]
    assert {cell for cell, _ in few.passes} == {cell for cell, _ in everything.passes}
    assert few.total() == len(verdicts)


def test_many_full_cells_are_cut_alike_and_still_give_what_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.collection.verdict_reservoir.MOST_KEPT", 500)
    verdicts = [verdict(offset, 0.05 + (offset % 19) / 20) for offset in range(1400)]
    found, everything = sample(verdicts, limit=20), sample(verdicts, limit=2500)
    assert len(found.passes) <= 500 + 40 < len(everything.passes)
    assert found.passes[:40] == everything.passes[:40]
    assert set(stratified_sample(found.passes, [], 40)) == set(stratified_sample(everything.passes, [], 40))


def test_what_was_reviewed_counts_with_its_review_and_without_its_verdict_too() -> None:
    first, second, gone, early = (verdict(n, 0.01, "anomaly") for n in (1, 2, 3, -500))
    found = sample([first, second], [review(each, Label.NORMAL) for each in (first, gone, early)])
    assert [(part.source.offset, part.decision) for part in found.reviewed] == [(1, "anomaly"), (3, None)]
    assert found.excluded == {ExclusionReason.ANOMALY: 1}
    assert found.counts[Stratum.FLAGGED, Label.NORMAL] == 1


def test_a_part_flagged_in_one_of_two_passes_over_it_is_no_plain_pass() -> None:
    found = sample([verdict(1), verdict(2), verdict(1, 0.01, "anomaly"), verdict(2)])
    assert [part.source for part in passes(found)] == [source(2)]
    assert found.excluded[ExclusionReason.SEEN_TWICE] == 1


def test_normal_parts_are_counted_by_what_reviews_of_a_stratum_say() -> None:
    flagged = [verdict(n, 0.01, "anomaly") for n in range(10)]
    others = [verdict(n) for n in range(10, 100)]
    labels = [Label.NORMAL] * 6 + [Label.DEFECT] * 2 + [Label.UNSURE]
    reviews = [review(each, label) for each, label in zip(flagged, labels, strict=False)]
    found = sample([*flagged, *others], [*reviews, review(others[0], Label.DEFECT)])
    assert found.reviewed_share(Stratum.FLAGGED) == pytest.approx(0.8)
    assert found.normal_counts() == {Stratum.CLEAR: 89, Stratum.NEAR: 0, Stratum.FLAGGED: pytest.approx(7.5)}
    assert found.reviewed_share(Stratum.NEAR) == 1.0


def test_the_sample_is_in_the_order_of_the_sampling_keys() -> None:
    found = sample([verdict(n, 0.05 + n / 100) for n in range(90)])
    keys = [part.sampling_key for part in passes(found)]
    assert keys == sorted(keys)
    assert len(keys) == 90
