"""Where verdicts go: one transaction a batch."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from kafka import KafkaProducer, TopicPartition
from kafka.errors import KafkaError
from kafka.producer.future import FutureRecordMetadata
from kafka.structs import ConsumerGroupMetadata, OffsetAndMetadata

from service.record.messages import dead_letter_headers
from service.settings import Settings
from service.stream.outcome import DeadLetter, Judged, Outcome

Offsets = Mapping[TopicPartition, OffsetAndMetadata]


class NotCommitted(RuntimeError):  # noqa: N818 - says what happened, as the loop reads it
    """The transaction was aborted: nothing of the batch was published, and it can be tried again."""


class Publisher:
    """Publishes a batch whole or not at all: verdicts, dead letters and consumed offsets in one transaction.

    A producer that failed is never used again: its successor takes over the transactional id, which makes the
    brokers abort what was open and refuse whatever the old one may still have under way.
    """

    def __init__(self, make_producer: Callable[[], KafkaProducer], settings: Settings) -> None:
        """Connect, and end what a predecessor of the same instance name left open.

        Raises:
            KafkaError: if the brokers cannot be reached or refuse transactions.
        """
        self._make_producer = make_producer
        self._verdicts = settings.verdicts_topic
        self._dead_letters = settings.dead_letter_topic
        self._largest_value = settings.max_image_bytes
        self._producer = self._new_producer()

    def publish(self, outcomes: Sequence[Outcome], offsets: Offsets, group: ConsumerGroupMetadata | None) -> None:
        """Publish a batch.

        Args:
            outcomes: one for every image of the batch.
            offsets: where the group goes on after it.
            group: our membership; the brokers refuse the offsets if it is no longer current.

        Raises:
            NotCommitted: if nothing was published and the batch should be polled again.
            KafkaError: if the brokers do not take a new producer either.
        """
        if group is None:
            raise NotCommitted("this replica is not in the group at present")
        try:
            self._producer.begin_transaction()
            sent = [self._send(outcome) for outcome in outcomes]
            self._producer.flush()
            # The client can commit a transaction that has lost a record; so nothing is committed on trust.
            for record in sent:
                record.get(timeout=0)
            self._producer.send_offsets_to_transaction(dict(offsets), group)
            self._producer.commit_transaction()
        except KafkaError as error:
            with suppress(KafkaError):  # it may fail to flush what will be aborted anyway
                self._producer.close(timeout=0)
            self._producer = self._new_producer()
            raise NotCommitted(str(error)) from error

    def close(self) -> None:
        """Let go of the brokers."""
        self._producer.close()

    def _new_producer(self) -> KafkaProducer:
        producer = self._make_producer()
        try:
            producer.init_transactions()
        except KafkaError:
            producer.close(timeout=0)
            raise
        return producer

    def _send(self, outcome: Outcome) -> FutureRecordMetadata:
        record = outcome.record
        if isinstance(outcome, Judged):
            verdict = outcome.verdict
            return self._producer.send(self._verdicts, verdict.value(), key=record.key, headers=verdict.headers())
        return self._producer.send(
            self._dead_letters,
            self._original(outcome),
            key=record.key,
            headers=dead_letter_headers(record, outcome.why),
        )

    def _original(self, dead_letter: DeadLetter) -> bytes:
        """The original bytes; those of an image beyond the limits stay where the source coordinates say."""
        value = dead_letter.record.value or b""
        return value if len(value) <= self._largest_value else b""
