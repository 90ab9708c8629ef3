"""An inspection log in memory: verdicts, reviews and images without Kafka."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from rich.console import Console

from service.record.messages import ImageSize, ReviewReason, Source, VerdictMessage
from service.record.reviews import Label, Review
from service.scoring.verdict import Decision
from tests.support.bundles import SIDE, png
from training.collection.inspected_part import InspectedPart
from training.collection.time_range import Span
from training.progress import Progress

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
DAY = Span(NOON, NOON + timedelta(days=1))
STREAM = "left"


def source(offset: int, topic: str = "inspection.images") -> Source:
    return Source(topic=topic, partition=offset % 4, offset=offset)


def speckled(seed: int, level: int = 120) -> bytes:
    """The PNG of a part unlike any of another seed, whose brightest place is `level`."""
    grey = np.random.default_rng(seed).integers(0, level, (SIDE, SIDE), np.uint8)
    grey[seed % SIDE, seed // SIDE % SIDE] = level
    return png(np.dstack([grey, grey, grey]))


def verdict(
    offset: int, p_value: float = 0.5, decision: Decision = "pass", at: datetime | None = None, **changes: Any
) -> VerdictMessage:
    captured_at = NOON + timedelta(minutes=offset) if at is None else at
    fields: dict[str, Any] = {
        "score": 1.0 - p_value,
        "threshold": 0.99,
        "error_ratio": (1.0 - p_value) / 0.99,
        "p_value": p_value,
        "decision": decision,
        "bundle": "champion-1",
        "part_id": f"part-{offset}",
        "stream": STREAM,
        "captured_at": captured_at,
        "scored_at": captured_at,
        "source": source(offset),
        "image": ImageSize(width=SIDE, height=SIDE),
    }
    return VerdictMessage.model_validate(fields | changes)


def review(of: VerdictMessage, label: Label, kind: str | None = None, **changes: Any) -> Review:
    fields: dict[str, Any] = {
        "source": of.source,
        "part_id": of.part_id,
        "stream": of.stream,
        "bundle": of.bundle,
        "label": label,
        "kind": kind,
        "reviewer": "kim",
        "at": NOON,
        "asked": ReviewReason.ANOMALY,
        "captured_at": of.captured_at,
    }
    return Review.model_validate(fields | changes)


@dataclass
class FakeInspection:
    """Verdicts, reviews and images in memory; `fetched` are the parts whose images were asked for."""

    judged: list[VerdictMessage] = field(default_factory=list)
    reviewed: list[Review] = field(default_factory=list)
    pictures: dict[Source, bytes | None] = field(default_factory=dict)
    fetched: list[Source] = field(default_factory=list)

    def reviews(self) -> dict[Source, Review]:
        return {each.source: each for each in self.reviewed}

    def verdicts(self, since: datetime) -> Iterator[VerdictMessage]:
        return (each for each in self.judged if each.captured_at >= since)

    def images(self, parts: Sequence[InspectedPart]) -> Iterator[tuple[InspectedPart, bytes | None]]:
        for part in sorted(parts, key=lambda part: part.source.offset):
            self.fetched.append(part.source)
            yield part, self.pictures.get(part.source, speckled(part.source.offset))


def silent() -> Progress:
    return Progress(Console(quiet=True))
