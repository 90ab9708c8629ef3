"""Request and response bodies of the page's API. What a blind audit must not show is left out of its response."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from service.record.messages import ImageSize, ReviewReason
from service.record.reviews import DefectKind, Label, Review
from service.review.part_index import ReviewPart
from service.review.similar import Neighbour
from service.scoring.verdict import Decision, Region
from service.web.text import plain

Reviewer = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


_LONGEST_LINE = 2000


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Lookup(_Request):
    """Which part to find: its id, or the coordinates of its image."""

    part: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]


class Box(_Request):
    """A region of the original image, in pixels."""

    x: int = Field(ge=0)
    y: int = Field(ge=0)
    width: int = Field(ge=1)
    height: int = Field(ge=1)


class Answer(_Request):
    """A person's answer about a part."""

    label: Literal[Label.NORMAL, Label.DEFECT, Label.UNSURE]
    kind: DefectKind | None = None
    region: Box | None = None
    note: str = Field(default="", max_length=2000)
    reviewer: Reviewer


class Undo(_Request):
    """Withdraws the answer given at a time."""

    at: AwareDatetime
    reviewer: Reviewer


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
        """The fields of a review that the page shows."""
        note = "\n".join(plain(line, _LONGEST_LINE) for line in review.note.splitlines())
        shown = {"reviewer": plain(review.reviewer), "note": note}
        return cls.model_validate(review.model_dump(include=set(cls.model_fields)) | shown)


class Opinion(BaseModel):
    """The verdict on a part."""

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
        """The fields of a part that the page may show now."""
        verdict = part.verdict
        opinion = Opinion.model_validate(verdict.model_dump(include=set(Opinion.model_fields)))
        return cls(
            source=str(part.source),
            part_id=plain(verdict.part_id),
            stream=verdict.stream,
            captured_at=verdict.captured_at,
            image=verdict.image,
            asked=part.asked,
            review=ReviewShown.of(part.review) if part.review else None,
            opinion=None if part.is_blind else opinion,
        )


def part_json(part: ReviewPart) -> dict[str, Any]:
    """A part as JSON; absent fields are left out."""
    return PartShown.of(part).model_dump(mode="json", exclude_none=True)


def neighbour_json(neighbour: Neighbour) -> dict[str, Any]:
    """A similar part as JSON."""
    review = neighbour.review
    return {
        "source": str(review.source),
        "part_id": plain(review.part_id),
        "distance": neighbour.distance,
        "review": ReviewShown.of(review).model_dump(mode="json", exclude_none=True),
    }
