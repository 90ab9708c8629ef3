"""`linewatch topics`."""

import logging

from pydantic import Field

from service.cli.failure import warn_of_odd_variables
from service.record.topics import create_topics
from service.settings.record import RecordSettings


class Topics(RecordSettings):
    """Create the topics that are not there yet, with room for images."""

    partitions: int = Field(default=4, ge=1, description="Partitions of each new topic: up to this many replicas.")
    replication_factor: int = Field(
        default=-1, ge=-1, description="Replicas of each partition; -1 is the brokers' default."
    )

    def cli_cmd(self) -> None:
        warn_of_odd_variables()
        logging.getLogger("kafka").setLevel(logging.CRITICAL)  # an error becomes one sentence
        for topic, created in create_topics(self, self.partitions, self.replication_factor).items():
            print(f"{topic}: {'created' if created else 'exists already, left as it is'}")  # noqa: T201 - output
