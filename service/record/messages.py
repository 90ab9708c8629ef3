"""Records on the topics: what they have in common, and verdicts (CloudEvents)."""

import base64
from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from pydantic import BaseModel, ConfigDict, ValidationError

from service.record.bounds import LONGEST_PART_ID, cut_text
from service.record.soundness import (
    LONGEST_MAP,
    MOST_BYTES,
    MOST_REGIONS,
    SOURCE,
    are_on_image,
    is_about_a_part,
    is_judged,
    is_possible,
)
from service.scoring.verdict import Judgement, Verdict

Headers = list[tuple[str, bytes]]

VERDICT_TYPE = "io.linewatch.verdict.v1"


class Record(Protocol):
    """The used fields of a Kafka record; `kafka.consumer.fetcher.ConsumerRecord` has them."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers


class Source(BaseModel):
    """An image's coordinates on Kafka: its identity in everything that follows."""

    model_config = ConfigDict(frozen=True)

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"

    @classmethod
    def parse(cls, text: str) -> "Source":
        """The coordinates in the text `topic/partition/offset`.

        Raises:
            ValueError: if the text is not of this form.
        """
        found = SOURCE.fullmatch(text)
        if found is None:
            msg = f"expected topic/partition/offset, found {text[:200]!r}"
            raise ValueError(msg)
        return cls(topic=found[1], partition=int(found[2]), offset=int(found[3]))


class ImageSize(BaseModel):
    """Size of the original image, in pixels."""

    model_config = ConfigDict(frozen=True)

    width: int
    height: int


class ReviewReason(StrEnum):
    """Why a person was asked."""

    ANOMALY = "anomaly"
    REVIEW = "review"
    AUDIT = "audit"
    CHOSEN = "chosen"
    """Nobody asked: the reviewer picked the part."""


class VerdictMessage(Verdict):
    """The JSON value on the verdicts topic."""

    part_id: str
    stream: str
    captured_at: datetime
    scored_at: datetime
    source: Source
    image: ImageSize
    anomaly_map: str | None = None
    """Of what does not pass: base64 of a small 8-bit grey PNG; 255 is twice the pixel threshold."""
    audit: bool = False
    """Whether this pass was sampled, so that a person is asked about it."""
    digest: str | None = None
    """SHA-256 of the image's bytes, its key in the archive; only if a person is asked about it."""
    challenger: Judgement | None = None
    """The challenger's judgement in shadow mode, if there is a challenger; it decides nothing."""

    @property
    def review_reason(self) -> ReviewReason | None:
        """Why a person is asked about this part; None if nobody is."""
        if self.decision == "pass":
            return ReviewReason.AUDIT if self.audit else None
        return ReviewReason(self.decision)

    def value(self) -> bytes:
        """The record's value, UTF-8 JSON; absent fields are left out."""
        return self.model_dump_json(exclude_none=True).encode()

    def headers(self) -> Headers:
        """CloudEvents 1.0, Kafka protocol binding, binary content mode (section 3.2)."""
        return [
            ("ce_specversion", b"1.0"),
            ("ce_id", str(self.source).encode()),
            ("ce_type", VERDICT_TYPE.encode()),
            ("ce_source", f"/linewatch/{self.stream}".encode()),
            ("ce_subject", self.part_id.encode()),
            ("ce_time", self.scored_at.isoformat().encode()),
            ("content-type", b"application/json"),
        ]


def verdict_of(record: Record) -> VerdictMessage | None:
    """The verdict in a record; None if it holds anything else, or values that no verdict has."""
    value = record.value or b""
    try:
        verdict = VerdictMessage.model_validate_json(value) if len(value) <= MOST_BYTES else None
    except ValidationError:
        return None
    return verdict if verdict is not None and _is_sound(verdict) else None


def _is_sound(verdict: VerdictMessage) -> bool:
    return (
        is_about_a_part(verdict.source, verdict.part_id, verdict.stream, verdict.bundle, verdict.digest)
        and is_possible(verdict.captured_at, verdict.scored_at)
        and is_judged(verdict, verdict.challenger)
        and len(verdict.regions) <= MOST_REGIONS
        and are_on_image(verdict.regions, verdict.image.width, verdict.image.height)
        and len(verdict.anomaly_map or "") <= LONGEST_MAP
    )


def verdicts_of(records: Iterable[Record]) -> Iterator[VerdictMessage]:
    """The verdicts among records; anything else is skipped."""
    return (verdict for record in records if (verdict := verdict_of(record)) is not None)


def source_of(record: Record) -> Source:
    """The coordinates of a record."""
    return Source(topic=record.topic, partition=record.partition, offset=record.offset)


def part_id_of(record: Record) -> str:
    """The record's key as text, or its coordinates where it has none; one that is too long is cut."""
    if record.key is None:
        return str(source_of(record))
    return cut_text(record.key.decode(errors="backslashreplace"), LONGEST_PART_ID)


def encode_map(png: bytes) -> str:
    """A PNG as a verdict holds it: base64."""
    return base64.b64encode(png).decode()
