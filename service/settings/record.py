"""Settings of what stands on Kafka and in the archive."""

from typing import Self

from pydantic import Field, model_validator

from service.settings.base import KafkaName, SettingsGroup
from service.settings.broker import BrokerSettings

_MEBIBYTE = 1024 * 1024


class ImageSizeSettings(SettingsGroup):
    """How large an encoded image may be."""

    max_image_bytes: int = Field(default=16 * _MEBIBYTE, ge=1024, le=1024 * _MEBIBYTE)
    """Largest encoded image; also sets Kafka's message and fetch limits."""


class RecordSettings(ImageSizeSettings, BrokerSettings):
    """The topics, and how to read and write them."""

    images_topic: KafkaName = "inspection.images"
    """Topic that images come from."""
    verdicts_topic: KafkaName = "inspection.verdicts"
    """Topic that verdicts go to."""
    dead_letter_topic: KafkaName = "inspection.dead-letter"
    """Topic that images without a verdict go to, with the reason."""
    reviews_topic: KafkaName = "inspection.reviews"
    """Compacted topic that people's reviews go to."""
    parts_topic: KafkaName = "inspection.parts"
    """Topic that part verdicts go to, of parts that several cameras see."""

    @model_validator(mode="after")
    def _topics_differ(self) -> Self:
        """What is published on the topic of images would be taken for an image, again and again."""
        topics = (
            *(self.images_topic, self.verdicts_topic, self.dead_letter_topic),
            *(self.reviews_topic, self.parts_topic),
        )
        if len(set(topics)) < len(topics):
            names = "images_topic, verdicts_topic, dead_letter_topic, reviews_topic and parts_topic"
            raise ValueError(f"expected five different topics for {names}, found {', '.join(topics)}; correct them")
        return self


class ArchiveSettings(SettingsGroup):
    """Where images are kept that outlive their topic."""

    archive: str = Field(default="archive", min_length=1)
    """Where images that are reviewed or to be audited are kept: a folder, or a URL that fsspec knows."""


class InspectionSettings(ArchiveSettings, RecordSettings):
    """What reads inspected parts back: topics and archive."""
