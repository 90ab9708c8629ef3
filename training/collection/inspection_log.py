"""Reading verdicts, reviews and images of inspected parts back, from Kafka and the archive."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from service.record.image_archive import Archive
from service.record.messages import Record, Source, VerdictMessage, part_id_of, source_of, verdicts_of
from service.record.reviews import Review, read_reviews
from service.record.topic_reader import TopicReader
from service.settings.record import RecordSettings
from training.collection.inspected_part import InspectedPart
from training.collection.time_range import Span

CLOCK_SKEW = timedelta(hours=1)
"""How far a camera's clock may be ahead of the brokers'."""


class Inspection(Protocol):
    """The record of what was inspected, and of the reviews."""

    def reviews(self) -> dict[Source, Review]:
        """The reviews in force, of all streams."""

    def verdicts(self, since: datetime) -> Iterator[VerdictMessage]:
        """All verdicts on parts captured since then, and maybe a few before."""

    def images(self, parts: Sequence[InspectedPart]) -> Iterator[tuple[InspectedPart, bytes | None]]:
        """The encoded image of each part, in any order; None for one that is stored nowhere."""


@dataclass(frozen=True, slots=True)
class LineRecord:
    """Reviews and verdicts of one stream within a time range, joined by part."""

    reviews: Mapping[Source, Review]
    reviewed: Sequence[InspectedPart]
    """A part for each review, known by the review alone."""
    verdicts: Iterator[tuple[VerdictMessage, InspectedPart]]
    """Each verdict with its part, joined with its review. A part that was scored twice comes twice."""


def read_line(inspection: Inspection, stream: str, span: Span, *, min_p_value: float, seed: int | str) -> LineRecord:
    """Read reviews and verdicts of a stream, no image; verdicts are read as they are iterated over.

    Raises:
        StreamError: if the record cannot be read.
    """
    reviews = {
        source: review
        for source, review in inspection.reviews().items()
        if review.stream == stream and review.captured_at in span
    }
    return LineRecord(
        reviews=reviews,
        reviewed=[InspectedPart.from_review(review, seed=seed) for review in reviews.values()],
        verdicts=(
            (
                verdict,
                InspectedPart.from_verdict(verdict, reviews.get(verdict.source), min_p_value=min_p_value, seed=seed),
            )
            for verdict in inspection.verdicts(span.start)
            if verdict.stream == stream and verdict.captured_at in span
        ),
    )


class KafkaInspection:
    """Reads the topics that the settings name; images that have left theirs come from the archive."""

    def __init__(self, settings: RecordSettings, archive: Archive) -> None:
        self._settings = settings
        self._archive = archive

    def reviews(self) -> dict[Source, Review]:
        return read_reviews(self._settings)

    def verdicts(self, since: datetime) -> Iterator[VerdictMessage]:
        with TopicReader(self._settings, self._settings.verdicts_topic) as reader:
            reader.seek(since - CLOCK_SKEW)  # a verdict is written after its part was captured
            yield from verdicts_of(reader.to_end())

    def images(self, parts: Sequence[InspectedPart]) -> Iterator[tuple[InspectedPart, bytes | None]]:
        waiting = {part.source: part for part in parts}
        with TopicReader(self._settings, self._settings.images_topic) as reader:
            for record in reader.pick(waiting):
                if _is_of(record, waiting[source_of(record)]):
                    yield waiting.pop(source_of(record)), record.value
        for part in waiting.values():
            yield part, self._archive.read(part.digest) if part.digest else None


def _is_of(record: Record, part: InspectedPart) -> bool:
    """Whether this is the part's image: a topic that was deleted and recreated has other parts at the same offsets."""
    return part_id_of(record) == part.part_id and bool(record.value)
