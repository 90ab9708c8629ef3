"""Writing reviews to Kafka one by one; each counts once the brokers have acknowledged it."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from kafka import KafkaProducer
from kafka.errors import KafkaError

from service.record.clients import WRITE_SECONDS
from service.record.errors import StreamError, forbidden
from service.record.reviews import Review


@dataclass(frozen=True, slots=True)
class Written:
    """The position of a review on its topic."""

    partition: int
    offset: int


class ReviewWriter:
    """Writes reviews; for any thread. A producer that failed is never used again (ADR 1)."""

    def __init__(self, make_producer: Callable[[], KafkaProducer], topic: str) -> None:
        """`make_producer` connects, at the first need and after each error."""
        self._make_producer = make_producer
        self._topic = topic
        self._lock = threading.Lock()
        self._producer: KafkaProducer | None = None

    def write(self, review: Review) -> Written:
        """Write a review and wait until the brokers acknowledge it.

        Raises:
            StreamError: if they do not in time; it may have been written or not, and can be written again.
        """
        with self._lock:
            try:
                if self._producer is None:
                    self._producer = self._make_producer()
                sent = self._producer.send(self._topic, review.value(), key=review.key)
                metadata = sent.get(timeout=WRITE_SECONDS)
            except KafkaError as error:
                self._drop_producer()
                if "AuthorizationFailed" in str(error):  # of the topic, or of a producer that may write none
                    raise StreamError(forbidden(f"write topic {self._topic}")) from error
                raise StreamError(
                    f"expected Kafka to take the review, found: {error}; "
                    "it does not count yet, answer again when the brokers are back"
                ) from error
            return Written(metadata.partition, metadata.offset)

    def close(self) -> None:
        """Close the connection to the brokers."""
        with self._lock:
            self._drop_producer()

    def _drop_producer(self) -> None:
        if self._producer is not None:
            with suppress(KafkaError):
                self._producer.close(timeout=0)
            self._producer = None
