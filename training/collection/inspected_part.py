"""Inspected parts as the record has them: what was decided, and what people said."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from service.record.messages import Source, VerdictMessage
from service.record.reviews import Label, Review
from service.scoring.verdict import Decision
from training.data.folder import GOOD

TRAIN = f"train/{GOOD}"
HELD_OUT = f"test/{GOOD}"
DEFECT = "defect"
"""The kind of a defect of which nobody said the kind."""

HELD_OUT_ONE_IN = 5


class Stratum(StrEnum):
    """How near to the threshold a part is; each has a share of its own of the line's normal parts."""

    CLEAR = "clear of the threshold"
    NEAR = "close to the threshold"
    """A pass with a p-value below the guard."""
    FLAGGED = "flagged"
    """Decided to be an anomaly, or to be reviewed."""


class ExclusionReason(StrEnum):
    """ExclusionReason a part is left out."""

    ANOMALY = "an anomaly that nobody reviewed"
    REVIEW = "to be reviewed, and not yet"
    UNSURE = "reviewers are unsure"
    NEAR = "a pass close to the threshold that nobody reviewed"
    SEEN_TWICE = "scored twice, and flagged once"
    GONE = "no longer on the topic nor in the archive"
    UNREADABLE = "unreadable"
    NEAR_COPY = "nearly the same image as another"


@dataclass(frozen=True, slots=True)
class InspectedPart:
    """One inspected part; a reviewed one whose verdict has left the topic has no score, p-value and decision."""

    source: Source
    part_id: str
    captured_at: datetime
    bundle: str
    score: float | None
    p_value: float | None
    decision: Decision | None
    digest: str | None = None
    """SHA-256 of the image, of what the archive may hold."""
    review: Review | None = None

    def stratum(self, guard: float) -> Stratum | None:
        """None where there is no verdict to tell it by."""
        return stratum(self.decision, self.p_value, guard)

    def why_left_out(self, guard: float) -> ExclusionReason | None:
        """Why this part may not enter a normal set nor the test images; None if it may.

        What a person said counts before any score. Without that, an anomaly is no normal part, and neither is a pass
        with a p-value below `guard`: parts that grow strange slowly would each move the threshold for the next.
        """
        if self.review is not None:
            return ExclusionReason.UNSURE if self.review.label is Label.UNSURE else None
        return {
            Stratum.CLEAR: None,
            Stratum.NEAR: ExclusionReason.NEAR,
            Stratum.FLAGGED: ExclusionReason.ANOMALY if self.decision == "anomaly" else ExclusionReason.REVIEW,
            None: ExclusionReason.UNSURE,
        }[self.stratum(guard)]

    def folder(self) -> str:
        """Where it belongs in MVTec layout, if it is not left out."""
        if self.review is None:
            return TRAIN
        if self.review.label is Label.DEFECT:
            kind = self.review.kind or DEFECT
            return f"test/{DEFECT if kind.lower() == GOOD else kind}"
        return HELD_OUT if is_held_out(self.source) else TRAIN


def stratum(decision: Decision | None, p_value: float | None, guard: float) -> Stratum | None:
    """The stratum of a verdict; None without one."""
    if decision is None or p_value is None:
        return None
    if decision != "pass":
        return Stratum.FLAGGED
    return Stratum.NEAR if p_value < guard else Stratum.CLEAR


def part_of(verdict: VerdictMessage, review: Review | None) -> InspectedPart:
    """What is kept of a verdict."""
    return InspectedPart(
        source=verdict.source,
        part_id=verdict.part_id,
        captured_at=verdict.captured_at,
        bundle=verdict.bundle,
        score=verdict.score,
        p_value=verdict.p_value,
        decision=verdict.decision,
        digest=verdict.digest or (review.digest if review else None),
        review=review,
    )


def part_reviewed(review: Review) -> InspectedPart:
    """A part of which only the review is left."""
    return InspectedPart(
        source=review.source,
        part_id=review.part_id,
        captured_at=review.captured_at,
        bundle=review.bundle,
        score=None,
        p_value=None,
        decision=None,
        digest=review.digest,
        review=review,
    )


def is_held_out(source: Source) -> bool:
    """Whether a part, once reviewed normal, is kept for testing and never learnt from.

    One in five, drawn by the hash of its coordinates: the same ones in every collection, so that a bundle's false
    alarms on reviewed parts can be measured on parts that no bundle has seen.
    """
    return draw("held out", source) % HELD_OUT_ONE_IN == 0


def draw(key: str | int, source: Source) -> int:
    """A part's number in a lottery: whoever needs n parts takes those with the lowest; 64 bits."""
    return int.from_bytes(hashlib.sha256(f"{key}:{source}".encode()).digest()[:8])
