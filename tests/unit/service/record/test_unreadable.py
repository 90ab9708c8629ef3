"""Unreadable records among readable ones."""

from structlog.testing import capture_logs

from service.record.unreadable import ReadableRecords, UnreadableRecord
from service.scoring.image import ImageRejected, Reason
from tests.support.records import FakeRecord


def unreadable(offset: int) -> UnreadableRecord:
    return UnreadableRecord("images", 3, offset, -1, ImageRejected(Reason.UNREADABLE_RECORD, "expected a record"))


def test_they_are_passed_over_counted_and_the_first_is_named() -> None:
    readable = ReadableRecords()
    good = FakeRecord()
    with capture_logs() as lines:
        assert readable.of([unreadable(1), good, unreadable(2)]) == [good]
        assert readable.of([unreadable(3)]) == []
        readable.report()
    assert readable.skipped == 3
    assert [(line["event"], line.get("source"), line.get("number")) for line in lines] == [
        ("unreadable record skipped", "images/3/1", None),
        ("unreadable records skipped", None, 3),
    ]


def test_nothing_is_logged_where_all_are_readable() -> None:
    readable = ReadableRecords()
    with capture_logs() as lines:
        readable.of([FakeRecord()])
        readable.report()
    assert lines == []
