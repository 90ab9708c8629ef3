"""Reviews: people's answers about parts. The reviews topic is their only record; everything is rebuilt from it."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from service.record.messages import Record, ReviewReason, Source
from service.record.soundness import (
    MOST_BYTES,
    MOST_PIXELS_A_SIDE,
    are_on_image,
    is_about_a_part,
    is_possible,
)
from service.record.topic_reader import TopicReader
from service.scoring.manifest import Sha256, StreamName
from service.scoring.verdict import Region
from service.settings.record import RecordSettings

DefectKind = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$")]
"""Also a folder name in MVTec layout, so no separators."""


class Label(StrEnum):
    """A person's answer about a part; `undone` withdraws the one before."""

    NORMAL = "normal"
    DEFECT = "defect"
    UNSURE = "unsure"
    UNDONE = "undone"


class Review(BaseModel):
    """The JSON value on the reviews topic; its key is `source` as text, and the latest of a key counts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Source
    part_id: str
    stream: StreamName
    bundle: str
    """The bundle whose verdict was reviewed."""
    label: Label
    kind: DefectKind | None = None
    """Of a defect."""
    region: Region | None = None
    """Where the reviewer sees the defect, in pixels of the original image; `peak` is 0."""
    note: str = Field(default="", max_length=2000)
    reviewer: str = Field(min_length=1, max_length=200)
    at: AwareDatetime
    asked: ReviewReason
    captured_at: datetime
    digest: Sha256 | None = None
    """SHA-256 of the image's bytes, its key in the archive."""

    @model_validator(mode="after")
    def _only_defects_have_a_kind(self) -> "Review":
        if self.label is not Label.DEFECT and (self.kind or self.region):
            msg = f"expected a defect kind or region only with label defect, found label {self.label}"
            raise ValueError(msg)
        return self

    @property
    def key(self) -> bytes:
        """The record's key."""
        return str(self.source).encode()

    def value(self) -> bytes:
        """The record's value, UTF-8 JSON."""
        return self.model_dump_json(exclude_none=True).encode()


def review_of(record: Record) -> Review | None:
    """The review in a record; None if it holds anything else, or values that no review has."""
    value = record.value or b""
    try:
        review = Review.model_validate_json(value) if len(value) <= MOST_BYTES else None
    except ValidationError:
        return None
    return review if review is not None and _is_sound(review) else None


def _is_sound(review: Review) -> bool:
    regions = () if review.region is None else (review.region,)
    return (
        is_about_a_part(review.source, review.part_id, review.stream, review.bundle, review.digest)
        and is_possible(review.at, review.captured_at)
        and are_on_image(regions, MOST_PIXELS_A_SIDE, MOST_PIXELS_A_SIDE)
    )


def latest_reviews(records: Iterable[Record]) -> dict[Source, Review]:
    """The review in force of each part, from the records of the reviews topic in order.

    One that was undone is left out; a record that holds no review is skipped.
    """
    found: dict[Source, Review] = {}
    for review in filter(None, map(review_of, records)):
        if review.label is Label.UNDONE:
            found.pop(review.source, None)
        else:
            found[review.source] = review
    return found


def read_reviews(settings: RecordSettings) -> dict[Source, Review]:
    """The reviews in force of all streams, read from the reviews topic up to its end.

    Raises:
        StreamError: if the brokers do not answer or the topic is missing.
    """
    with TopicReader(settings, settings.reviews_topic) as reader:
        reader.seek(None)
        return latest_reviews(reader.to_end())
