"""In which order people are asked, and about which parts."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict

from service.record.messages import ReviewReason
from service.review.part_index import ReviewPart
from service.scoring.verdict import Decision

ORDER = (ReviewReason.ANOMALY, ReviewReason.REVIEW, ReviewReason.AUDIT)
"""What may be bad comes first; audits measure, and can wait."""


class State(StrEnum):
    """Whether somebody has answered."""

    OPEN = "open"
    DONE = "done"
    ALL = "all"


class Filters(BaseModel):
    """Which parts are meant; what is left out does not matter. Times are those of capture."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stream: str | None = None
    bundle: str | None = None
    decision: Decision | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    state: State = State.OPEN

    def fit(self, part: ReviewPart) -> bool:
        """Whether a part is meant, open or done."""
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
    """The parts in question, in order, and how many are open and done for each reason to ask."""

    parts: list[ReviewPart]
    open: dict[ReviewReason, int]
    done: dict[ReviewReason, int]


def line_up(parts: Iterable[ReviewPart], filters: Filters) -> Queue:
    """Anomalies, then what is between the thresholds, then audit samples.

    Within each the newest comes first: what the line makes now can still be stopped, and what waits loses nothing,
    since its image stays on Kafka or, of an audit, in the archive.
    """
    meant = [part for part in parts if filters.fit(part)]
    count = Counter((part.asked, part.review is not None) for part in meant)
    wanted = [
        part
        for part in meant
        if filters.state is State.ALL or (part.review is not None) == (filters.state is State.DONE)
    ]
    wanted.sort(key=lambda part: part.verdict.captured_at, reverse=True)
    wanted.sort(key=lambda part: ORDER.index(part.asked))
    return Queue(
        parts=wanted,
        open={asked: count[asked, False] for asked in ORDER},
        done={asked: count[asked, True] for asked in ORDER},
    )
