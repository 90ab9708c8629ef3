"""Hostile verdicts and reviews: what other programs may write on the topics."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from deploy.fuzz.dice import Dice
from deploy.fuzz.hostile import Hostile, Outcome
from deploy.fuzz.inputs import json_edits
from deploy.fuzz.inputs.records import KafkaRecord
from service.record.messages import Source, VerdictMessage, verdict_of
from service.record.reviews import Review, latest_reviews, review_of

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
SOURCE = {"topic": "images", "partition": 0, "offset": 5}
REGION = {"x": 8, "y": 16, "width": 4, "height": 4, "peak": 0.9}
JUDGEMENT = {
    "score": 0.8, "threshold": 0.5, "review_threshold": 0.4, "error_ratio": 1.6, "p_value": 0.01, "decision": "anomaly",
    "bundle": "0123456789abcdef",
}  # fmt: skip
VERDICT = JUDGEMENT | {
    "regions": [REGION], "part_id": "part-5", "stream": "default",
    "captured_at": NOON, "scored_at": NOON, "source": SOURCE, "image": {"width": 32, "height": 32},
    "anomaly_map": "iVBORw0KGgo=", "digest": "0" * 64, "challenger": JUDGEMENT,
}  # fmt: skip
REVIEW = {
    "source": SOURCE, "part_id": "part-5", "stream": "default", "bundle": "0123456789abcdef", "label": "defect",
    "kind": "scratch", "region": REGION, "note": "left", "reviewer": "ann", "at": NOON, "asked": "anomaly",
    "captured_at": NOON, "digest": "0" * 64,
}  # fmt: skip


class Verdicts:
    """Values of the verdicts topic."""

    def make(self, dice: Dice) -> Hostile:
        """A verdict with edits."""
        return Hostile("verdict", json_edits.edit(VerdictMessage.model_validate(VERDICT).value(), dice))

    def judge(self, hostile: Hostile) -> Outcome:
        """It is a verdict that can be written again, or nothing."""
        return _judged(verdict_of(_record(hostile.data)), lambda found: [found.headers(), found.review_reason])


class Reviews:
    """Values of the reviews topic."""

    def make(self, dice: Dice) -> Hostile:
        """A review with edits."""
        return Hostile("review", json_edits.edit(Review.model_validate(REVIEW).value(), dice))

    def judge(self, hostile: Hostile) -> Outcome:
        """It is a review that can be written again, or nothing."""
        record = _record(hostile.data)
        latest_reviews([record])
        return _judged(review_of(record), lambda found: [found.key, Source.parse(found.key.decode())])


def _judged(found: Any, use: Callable[[Any], object]) -> Outcome:
    if found is None:
        return Outcome("passed over")
    again = type(found).model_validate_json(found.value())
    use(found)
    return Outcome("valid", fault="" if again == found else "it reads otherwise when it is written again")


def _record(value: bytes) -> KafkaRecord:
    return KafkaRecord("verdicts", 0, 1, 0, b"part-5", value)
