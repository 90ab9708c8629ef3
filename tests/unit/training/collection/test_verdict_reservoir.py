from datetime import timedelta

import pytest

from service.record.messages import VerdictMessage, verdicts_of
from service.record.reviews import Label, Review
from tests.support.inspection_log import DAY, NOON, STREAM, review, source, verdict
from tests.support.records import FakeRecord
from training.collection.inspected_part import ExclusionReason, Stratum, draw
from training.collection.sampling import stratified_sample
from training.collection.verdict_reservoir import VerdictReservoir


def seen(verdicts: list[VerdictMessage], reviews: list[Review] | None = None, *, most: int = 1000) -> VerdictReservoir:
    known = {each.source: each for each in reviews or []}
    found = VerdictReservoir(STREAM, DAY, known, guard=0.05, seed=0, most=most)
    for each in verdicts:
        found.add(each)
    return found


def test_parts_of_other_streams_and_times_are_passed_over() -> None:
    found = seen([verdict(1), verdict(2, stream="right"), verdict(3, at=NOON - timedelta(seconds=1)), verdict(4)])
    assert found.total() == 2
    assert {part.source for part in found.passes()} == {source(1), source(4)}


def test_memory_is_bounded_and_the_lowest_numbers_of_the_lottery_are_kept() -> None:
    verdicts = [verdict(offset, (offset % 100) / 100) for offset in range(5, 1000) if offset % 100 >= 5]
    few = seen(verdicts, most=2)
    everything = sorted(seen(verdicts).passes(), key=lambda part: draw(0, part.source))
    kept = few.passes()
    assert len(kept) < len(everything) / 2
    assert kept[:2] == everything[:2]
    assert {few.cell(part) for part in kept} == {few.cell(part) for part in everything}
    assert few.total() == len(verdicts)


def test_many_full_cells_are_cut_alike_and_still_give_what_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.collection.verdict_reservoir.MOST_KEPT", 500)
    verdicts = [verdict(offset, 0.05 + (offset % 19) / 20) for offset in range(1400)]
    found, everything = seen(verdicts, most=40), seen(verdicts, most=5000)
    assert len(found.passes()) <= 500 + 40 < len(everything.passes())
    lowest = sorted(everything.passes(), key=lambda part: draw(0, part.source))
    assert found.passes()[:40] == lowest[:40]
    assert set(stratified_sample(found.passes(), found.cell, [], 40)) == set(
        stratified_sample(lowest, found.cell, [], 40)
    )


def test_what_was_reviewed_counts_with_its_review_and_without_its_verdict_too() -> None:
    first, second, gone, early = (verdict(n, 0.01, "anomaly") for n in (1, 2, 3, -500))
    found = seen([first, second], [review(each, Label.NORMAL) for each in (first, gone, early)])
    assert [(part.source.offset, part.decision) for part in found.reviewed()] == [(1, "anomaly"), (3, None)]
    assert found.left_out == {ExclusionReason.ANOMALY: 1}
    assert found.counts[Stratum.FLAGGED, Label.NORMAL] == 1


def test_a_part_flagged_in_one_of_two_passes_over_it_is_no_plain_pass() -> None:
    found = seen([verdict(1), verdict(2), verdict(1, 0.01, "anomaly"), verdict(2)])
    assert [part.source for part in found.passes()] == [source(2)]
    assert found.left_out[ExclusionReason.SEEN_TWICE] == 1


def test_normal_parts_are_counted_by_what_reviews_of_a_stratum_say() -> None:
    flagged = [verdict(n, 0.01, "anomaly") for n in range(10)]
    passes = [verdict(n) for n in range(10, 100)]
    labels = [Label.NORMAL] * 6 + [Label.DEFECT] * 2 + [Label.UNSURE]
    reviews = [review(each, label) for each, label in zip(flagged, labels, strict=False)]
    found = seen([*flagged, *passes], [*reviews, review(passes[0], Label.DEFECT)])
    assert found.reviewed_share(Stratum.FLAGGED) == pytest.approx(0.8)
    assert found.normals(Stratum.FLAGGED) == pytest.approx(7.5)
    assert found.normals(Stratum.CLEAR) == 89
    assert found.reviewed_share(Stratum.NEAR) == 1.0


def test_records_that_are_no_verdicts_are_passed_over() -> None:
    records = [FakeRecord(value=each) for each in (verdict(1).value(), b"{}", None, verdict(2).value())]
    assert [each.source for each in verdicts_of(records)] == [source(1), source(2)]
