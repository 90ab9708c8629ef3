"""Where verdicts go: one transaction a batch."""

from collections.abc import Mapping, Sequence

from kafka import KafkaProducer, TopicPartition
from kafka.errors import KafkaError
from kafka.producer.future import FutureRecordMetadata
from kafka.structs import ConsumerGroupMetadata, OffsetAndMetadata

from service.settings import Settings
from service.stream.messages import dead_letter_headers
from service.stream.outcome import DeadLetter, Judged, Outcome
from service.stream.topics import StreamError

Offsets = Mapping[TopicPartition, OffsetAndMetadata]


class NotCommitted(RuntimeError):  # noqa: N818 - says what happened, as the loop reads it
    """The transaction was aborted: nothing of the batch was published, and it can be tried again."""


class Publisher:
    """Publishes a batch whole or not at all: verdicts, dead letters and consumed offsets in one transaction."""

    def __init__(self, producer: KafkaProducer, settings: Settings) -> None:
        self._producer = producer
        self._verdicts = settings.verdicts_topic
        self._dead_letters = settings.dead_letter_topic
        self._largest_value = settings.max_image_bytes
        producer.init_transactions()

    def publish(self, outcomes: Sequence[Outcome], offsets: Offsets, group: ConsumerGroupMetadata | None) -> None:
        """Publish a batch.

        Args:
            outcomes: one for every image of the batch.
            offsets: where the group goes on after it.
            group: our membership; the brokers refuse the offsets if it is no longer current.

        Raises:
            NotCommitted: if nothing was published and the batch should be polled again.
            StreamError: if this producer can publish no more.
        """
        if group is None:
            raise NotCommitted("this replica is not in the group at present")
        self._producer.begin_transaction()
        try:
            sent = [self._send(outcome) for outcome in outcomes]
            self._producer.send_offsets_to_transaction(dict(offsets), group)
            self._producer.commit_transaction()
        except KafkaError as error:
            self._abort(error)
            raise NotCommitted(str(error)) from error
        failed = next((future for future in sent if future.failed()), None)
        if failed is not None:
            raise StreamError(f"expected every record of a committed transaction, found: {failed.exception}")

    def close(self) -> None:
        """Let go of the brokers."""
        self._producer.close()

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

    def _abort(self, cause: KafkaError) -> None:
        try:
            self._producer.abort_transaction()
        except KafkaError as error:
            raise StreamError(
                f"expected to go on after a failed transaction ({cause}), found: {error}; "
                "another replica may use this instance name, or the brokers were away for long: start again"
            ) from error
