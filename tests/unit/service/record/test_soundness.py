"""What others may write on the topics: no reader takes it for a verdict or review."""

from typing import Any

import pytest

from service.record.messages import verdict_of
from service.record.reviews import Label, review_of
from service.record.soundness import MOST_BYTES
from tests.support.hostile_messages import OF_BOTH, OF_REVIEWS, OF_VERDICTS, written
from tests.support.records import FakeRecord
from tests.support.reviewing import review, verdict


def test_what_linewatch_writes_is_sound() -> None:
    assert verdict_of(written(verdict(1), {})) == verdict(1)
    assert review_of(written(review(1), {})) == review(1)


@pytest.mark.parametrize("changes", OF_BOTH + OF_VERDICTS, ids=lambda changes: str(changes)[:50])
def test_a_verdict_with_what_no_verdict_has_is_passed_over(changes: dict[str, Any]) -> None:
    assert verdict_of(written(verdict(1), changes)) is None


@pytest.mark.parametrize("changes", OF_BOTH + OF_REVIEWS, ids=lambda changes: str(changes)[:50])
def test_a_review_with_what_no_review_has_is_passed_over(changes: dict[str, Any]) -> None:
    assert review_of(written(review(1, Label.DEFECT), changes)) is None


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"null",
        b"[]",
        b"\xff\xfe",
        b"{" * 10_000,
        b"[" * 100_000,
        b'{"part_id": "\\ud800"}',
        b" " * (MOST_BYTES + 1),
    ],
    ids=lambda value: repr(value[:10]),
)
def test_what_is_no_message_at_all_is_passed_over(value: bytes) -> None:
    record = FakeRecord(value=value)
    assert (verdict_of(record), review_of(record)) == (None, None)
