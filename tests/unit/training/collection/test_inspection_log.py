from datetime import timedelta

from service.record.reviews import Label
from tests.support.inspection_log import DAY, NOON, STREAM, FakeInspection, review, source, verdict
from training.collection.inspection_log import LineRecord, read_line


def read(inspection: FakeInspection) -> LineRecord:
    return read_line(inspection, STREAM, DAY, min_p_value=0.05, seed=0)


def test_verdicts_are_joined_with_their_reviews() -> None:
    flagged, passed = verdict(1, 0.01, "anomaly"), verdict(2)
    said = review(flagged, Label.NORMAL)
    record = read(FakeInspection([flagged, passed], [said]))
    assert [(each, part.review) for each, part in record.verdicts] == [(flagged, said), (passed, None)]
    assert record.reviews == {flagged.source: said}


def test_a_review_is_a_part_also_without_its_verdict() -> None:
    record = read(FakeInspection([], [review(verdict(1), Label.DEFECT, "scratch")]))
    (part,) = record.reviewed
    assert (part.source, part.folder, part.decision) == (source(1), "test/scratch", None)
    assert list(record.verdicts) == []


def test_other_streams_and_times_are_not_read() -> None:
    others = [verdict(1, stream="right"), verdict(2, at=NOON - timedelta(seconds=1)), verdict(3, at=DAY.end)]
    record = read(FakeInspection(others, [review(each, Label.NORMAL) for each in others]))
    assert (list(record.verdicts), list(record.reviewed), dict(record.reviews)) == ([], [], {})


def test_a_part_that_was_scored_twice_comes_twice() -> None:
    record = read(FakeInspection([verdict(1), verdict(1, 0.01, "anomaly")]))
    assert [part.decision for _, part in record.verdicts] == ["pass", "anomaly"]
