"""Parts as the page gets them. What a blind audit must not show is not in there at all."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from service.record.messages import ImageSize, ReviewReason
from service.record.reviews import Label, Review
from service.review.part_index import ReviewPart
from service.review.similar import Neighbour
from service.scoring.verdict import Decision, Region


class ReviewShown(BaseModel):
    """A review in force."""

    label: Label
    kind: str | None
    region: Region | None
    note: str
    reviewer: str
    at: datetime

    @classmethod
    def of(cls, review: Review) -> "ReviewShown":
        """What the page shows of a review."""
        return cls.model_validate(review.model_dump(include=set(cls.model_fields)))


class Opinion(BaseModel):
    """What Linewatch thinks of a part."""

    decision: Decision
    score: float
    threshold: float
    review_threshold: float | None
    error_ratio: float
    p_value: float
    bundle: str
    regions: tuple[Region, ...]


class PartShown(BaseModel):
    """One part. `opinion` is absent from an audit that nobody has answered."""

    source: str
    part_id: str
    stream: str
    captured_at: datetime
    image: ImageSize
    asked: ReviewReason
    review: ReviewShown | None
    opinion: Opinion | None

    @classmethod
    def of(cls, part: ReviewPart) -> "PartShown":
        """What the page may show of a part as it stands."""
        verdict = part.verdict
        opinion = Opinion.model_validate(verdict.model_dump(include=set(Opinion.model_fields)))
        return cls(
            source=str(part.source),
            part_id=verdict.part_id,
            stream=verdict.stream,
            captured_at=verdict.captured_at,
            image=verdict.image,
            asked=part.asked,
            review=ReviewShown.of(part.review) if part.review else None,
            opinion=None if part.is_blind else opinion,
        )


def part_json(part: ReviewPart) -> dict[str, Any]:
    """As JSON; what is absent is left out."""
    return PartShown.of(part).model_dump(mode="json", exclude_none=True)


def alike_json(alike: Neighbour) -> dict[str, Any]:
    """A similar part as JSON."""
    review = alike.review
    return {
        "source": str(review.source),
        "part_id": review.part_id,
        "distance": alike.distance,
        "review": ReviewShown.of(review).model_dump(mode="json", exclude_none=True),
    }
