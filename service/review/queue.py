"""The queue of parts to review: filters and order."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict

from service.record.messages import ReviewReason
from service.review.part_index import ReviewPart
from service.scoring.verdict import Decision

ORDER = (ReviewReason.ANOMALY, ReviewReason.REVIEW, ReviewReason.AUDIT)
"""Possible defects come first; audits measure, and can wait."""


class State(StrEnum):
    """Whether a part has an answer."""

    OPEN = "open"
    DONE = "done"
    ALL = "all"


class Filters(BaseModel):
    """Which parts to show; a field left out filters nothing. Times are those of capture."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stream: str | None = None
    bundle: str | None = None
    decision: Decision | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    state: State = State.OPEN

    def match(self, part: ReviewPart) -> bool:
        """Whether a part passes all filters but `state`."""
        verdict = part.verdict
        return (
            self.stream in (None, verdict.stream)
            and self.bundle in (None, verdict.bundle)
            and self.decision in (None, verdict.decision)
            and (self.since is None or verdict.captured_at >= self.since)
            and (self.until is None or verdict.captured_at <= self.until)
        )


@dataclass(frozen=True, slots=True)
class Queue:
    """The matching parts in order, and how many are open and done for each reason to ask."""

    parts: list[ReviewPart]
    open: dict[ReviewReason, int]
    done: dict[ReviewReason, int]


def build_queue(parts: Iterable[ReviewPart], filters: Filters) -> Queue:
    """Anomalies, then parts between the thresholds, then audits; within each the newest first.

    What the line makes now can still be stopped. A part that waits loses nothing, since its image stays on Kafka or, of
    an audit, in the archive.
    """
    matching = [part for part in parts if filters.match(part)]
    count = Counter((part.asked, part.review is not None) for part in matching)
    queued = [
        part
        for part in matching
        if filters.state is State.ALL or (part.review is not None) == (filters.state is State.DONE)
    ]
    queued.sort(key=lambda part: part.verdict.captured_at, reverse=True)
    queued.sort(key=lambda part: ORDER.index(part.asked))
    return Queue(
        parts=queued,
        open={asked: count[asked, False] for asked in ORDER},
        done={asked: count[asked, True] for asked in ORDER},
    )


def count_open(parts: Iterable[ReviewPart]) -> dict[tuple[str, str], int]:
    """How many parts wait for a person, by stream and reason for asking; 0 where all are done."""
    found: Counter[tuple[str, str]] = Counter()
    for part in parts:
        found[part.verdict.stream, str(part.asked)] += part.review is None
    return dict(found)
