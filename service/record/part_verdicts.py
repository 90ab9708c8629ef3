"""Part verdicts: one message for each part that several cameras see, made of the verdicts on its views."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from service.record.messages import Headers, Source
from service.scoring.verdict import Decision

PART_VERDICT_TYPE = "io.linewatch.part.v1"

PartDecision = Literal["pass", "review", "anomaly", "incomplete"]

_SEVERITY = {"pass": 0, "review": 1, "anomaly": 2}


class Closing(StrEnum):
    """Why a part was closed."""

    COMPLETE = "complete"
    """All views have come."""
    TIMEOUT = "timeout"
    """Not all came in time."""
    AGAIN = "again"
    """The part was captured anew before all had come."""
    WINDOW = "window"
    """So many verdicts came after its first that it is no longer waited for."""


class PartView(BaseModel):
    """What a part verdict repeats of the verdict on one view; `source` is the image, and that verdict's `ce_id`."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    stream: str
    decision: Decision
    error_ratio: float
    captured_at: AwareDatetime
    source: Source

    def is_worse_than(self, other: "PartView") -> bool:
        """Whether this one says more against the part."""
        mine, others = ((_SEVERITY[each.decision], each.error_ratio) for each in (self, other))
        return mine > others


class PartVerdict(BaseModel):
    """The JSON value on the topic of part verdicts."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    part_id: str
    decision: PartDecision
    closing: Closing
    views: tuple[PartView, ...]
    """Those that came, in the order of `--views`."""
    missing: tuple[str, ...]
    """The streams of those that did not."""
    worst_error_ratio: float
    first_captured_at: AwareDatetime
    last_captured_at: AwareDatetime
    published_at: AwareDatetime
    source: Source
    """Coordinates of the part's first verdict: no other part verdict has them."""

    def value(self) -> bytes:
        """The record's value, UTF-8 JSON."""
        return self.model_dump_json().encode()

    def headers(self) -> Headers:
        """CloudEvents 1.0, Kafka protocol binding, binary content mode (section 3.2)."""
        return [
            ("ce_specversion", b"1.0"),
            ("ce_id", str(self.source).encode()),
            ("ce_type", PART_VERDICT_TYPE.encode()),
            ("ce_source", b"/linewatch/parts"),
            ("ce_subject", self.part_id.encode()),
            ("ce_time", self.published_at.isoformat().encode()),
            ("content-type", b"application/json"),
        ]


def decide_part(
    part_id: str, views: Iterable[PartView], expected: Sequence[str], closing: Closing, source: Source
) -> PartVerdict:
    """The part verdict on these views, at least one and of each stream at most one, of those that are expected.

    An anomaly on any view decides. Without one, a missing view makes the part incomplete: nobody knows that it is good.
    """
    found = {view.stream: view for view in views}
    present = tuple(found[stream] for stream in expected if stream in found)
    missing = tuple(stream for stream in expected if stream not in found)
    times = [view.captured_at for view in present]
    return PartVerdict(
        part_id=part_id,
        decision=_decision(present, missing),
        closing=closing,
        views=present,
        missing=missing,
        worst_error_ratio=max(view.error_ratio for view in present),
        first_captured_at=min(times),
        last_captured_at=max(times),
        published_at=datetime.now(UTC),
        source=source,
    )


def _decision(views: Iterable[PartView], missing: Sequence[str]) -> PartDecision:
    decisions = {view.decision for view in views}
    if "anomaly" in decisions:
        return "anomaly"
    if missing:
        return "incomplete"
    return "review" if "review" in decisions else "pass"
