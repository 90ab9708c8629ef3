"""Inspected parts: a verdict joined with its review, and what follows from both for training."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self

from service.record.messages import Source, VerdictMessage
from service.record.reviews import Label, Review
from service.scoring.verdict import Decision
from training.collection.holdout import is_held_out
from training.collection.sampling_key import sampling_key
from training.data.folder import GOOD

TRAIN = f"train/{GOOD}"
HELD_OUT = f"test/{GOOD}"
DEFECT = "defect"
"""The folder of defects without a kind."""


class Stratum(StrEnum):
    """Strata of the line's parts by their verdicts: each is sampled in its own proportion."""

    CLEAR = "clear of the threshold"
    NEAR = "close to the threshold"
    """A pass with a p-value below the acceptance p-value."""
    FLAGGED = "flagged"
    """Decided to be an anomaly, or to be reviewed."""


class ExclusionReason(StrEnum):
    """Reasons why a part is left out of what is collected."""

    ANOMALY = "an anomaly that nobody reviewed"
    REVIEW = "to be reviewed, and not yet"
    UNSURE = "reviewers are unsure"
    NEAR = "a pass close to the threshold that nobody reviewed"
    SEEN_TWICE = "scored twice, and flagged once"
    GONE = "no longer on the topic nor in the archive"
    UNREADABLE = "unreadable"
    NEAR_DUPLICATE = "nearly the same image as another"


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
    digest: str | None
    """SHA-256 of the image, of what the archive may hold."""
    review: Review | None
    stratum: Stratum | None
    """None without a verdict."""
    exclusion: ExclusionReason | None
    """Why it may enter neither a normal set nor the test images; None if it may.

    A review counts before any score. Without one, an anomaly is no normal part, and neither is a pass with a p-value
    below the acceptance p-value: parts that slowly grow more anomalous would each move the threshold for the next.
    """
    folder: str
    """Where its image belongs in MVTec layout: train/good, test/good or test/<kind of defect>."""
    sampling_key: int
    """Hash of seed and coordinates, 64 bits: a sample of n parts takes the n lowest."""

    @classmethod
    def from_verdict(
        cls, verdict: VerdictMessage, review: Review | None, *, min_p_value: float, seed: int | str
    ) -> Self:
        """A verdict and its review, if there is one; a pass below `min_p_value` needs one to be accepted."""
        stratum = _stratum(verdict, min_p_value)
        return cls(
            source=verdict.source,
            part_id=verdict.part_id,
            captured_at=verdict.captured_at,
            bundle=verdict.bundle,
            score=verdict.score,
            p_value=verdict.p_value,
            decision=verdict.decision,
            digest=verdict.digest or (review.digest if review else None),
            review=review,
            stratum=stratum,
            exclusion=_of_verdict(stratum, verdict.decision) if review is None else _of_review(review),
            folder=_folder(review),
            sampling_key=sampling_key(seed, verdict.source),
        )

    @classmethod
    def from_review(cls, review: Review, *, seed: int | str) -> Self:
        """A part of which only the review is left."""
        return cls(
            source=review.source,
            part_id=review.part_id,
            captured_at=review.captured_at,
            bundle=review.bundle,
            score=None,
            p_value=None,
            decision=None,
            digest=review.digest,
            review=review,
            stratum=None,
            exclusion=_of_review(review),
            folder=_folder(review),
            sampling_key=sampling_key(seed, review.source),
        )


def _stratum(verdict: VerdictMessage, min_p_value: float) -> Stratum:
    if verdict.decision != "pass":
        return Stratum.FLAGGED
    return Stratum.NEAR if verdict.p_value < min_p_value else Stratum.CLEAR


def _of_verdict(stratum: Stratum, decision: Decision) -> ExclusionReason | None:
    flagged = ExclusionReason.ANOMALY if decision == "anomaly" else ExclusionReason.REVIEW
    return {Stratum.CLEAR: None, Stratum.NEAR: ExclusionReason.NEAR, Stratum.FLAGGED: flagged}[stratum]


def _of_review(review: Review) -> ExclusionReason | None:
    return ExclusionReason.UNSURE if review.label is Label.UNSURE else None


def _folder(review: Review | None) -> str:
    if review is None:
        return TRAIN
    if review.label is Label.DEFECT:
        kind = review.kind or DEFECT
        return f"test/{DEFECT if kind.lower() == GOOD else kind}"
    return HELD_OUT if is_held_out(review.source) else TRAIN
