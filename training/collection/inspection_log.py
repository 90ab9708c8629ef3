"""The record of inspected parts on Kafka and in the archive, as collecting reads it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from service.record.archive import Archive
from service.record.messages import Record, Source, VerdictMessage, part_id_of, source_of, verdicts_of
from service.record.reviews import Review, read_reviews
from service.record.topic_reader import TopicReader
from service.settings import Settings
from training.collection.inspected_part import InspectedPart

CLOCKS = timedelta(hours=1)
"""A camera's clock may be ahead of the brokers' by so much."""


class Inspection(Protocol):
    """What was inspected, and what people said of it."""

    def reviews(self) -> dict[Source, Review]:
        """The reviews in force, of all streams."""

    def verdicts(self, since: datetime) -> Iterator[VerdictMessage]:
        """All verdicts on parts captured since then, and maybe a few before."""

    def images(self, parts: Sequence[InspectedPart]) -> Iterator[tuple[InspectedPart, bytes | None]]:
        """The encoded image of each part, in any order; None for one that is kept nowhere."""


class KafkaInspection:
    """Reads the topics that the settings name; images that have left theirs come from the archive."""

    def __init__(self, settings: Settings, archive: Archive) -> None:
        self._settings = settings
        self._archive = archive

    def reviews(self) -> dict[Source, Review]:
        return read_reviews(self._settings)

    def verdicts(self, since: datetime) -> Iterator[VerdictMessage]:
        with TopicReader(self._settings, self._settings.verdicts_topic) as reader:
            reader.seek(since - CLOCKS)  # a verdict is written after its part was captured
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
    """Whether this is the part's image: a topic that was deleted and made anew has other parts at the same offsets."""
    return part_id_of(record) == part.part_id and bool(record.value)
