"""Publishing to Kafka exactly once: one transaction for each batch."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from threading import Thread
from typing import TypeVar

from kafka import KafkaProducer, TopicPartition
from kafka.errors import KafkaError, KafkaTimeoutError
from kafka.producer.future import FutureRecordMetadata
from kafka.structs import ConsumerGroupMetadata, OffsetAndMetadata

from service.record.clients import TRANSACTION_TIMEOUT_MS
from service.record.messages import dead_letter_headers
from service.settings import RecordSettings
from service.stream.outcome import DeadLetter, Outcome, Scored

T = TypeVar("T")

TRANSACTION_SECONDS = TRANSACTION_TIMEOUT_MS / 1000.0
"""After this the brokers end it in any case."""

Offsets = Mapping[TopicPartition, OffsetAndMetadata]


class NotCommitted(RuntimeError):  # noqa: N818 - an event, as the loop reads it
    """The transaction was aborted: nothing of the batch was published, and it can be tried again."""


class Publisher:
    """Publishes a batch whole or not at all: verdicts, dead letters and consumed offsets in one transaction.

    A producer that failed is never used again: its successor takes over the transactional id, which makes the
    brokers abort what was open and refuse what the old one may still send.
    """

    def __init__(self, make_producer: Callable[[], KafkaProducer], settings: RecordSettings) -> None:
        """Connect, and end a transaction that a predecessor of the same instance name left open.

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
            offsets: the offsets that the group commits with it.
            group: our membership; the brokers refuse the offsets if it is no longer current.

        Raises:
            NotCommitted: if nothing was published and the batch should be polled again.
            KafkaError: if the brokers do not take a new producer either.
        """
        if group is None:
            raise NotCommitted("this replica is not in the consumer group")
        try:
            within(TRANSACTION_SECONDS, partial(self._commit, self._producer, outcomes, offsets, group))
        except KafkaError as error:
            self._replace_producer()
            self._release(offsets, group)
            raise NotCommitted(str(error)) from error

    def _commit(
        self, producer: KafkaProducer, outcomes: Sequence[Outcome], offsets: Offsets, group: ConsumerGroupMetadata
    ) -> None:
        producer.begin_transaction()
        sent = [self._send(producer, outcome) for outcome in outcomes]
        producer.flush()
        # The client can commit a transaction that has lost a record; so each is confirmed before.
        for record in sent:
            record.get(timeout=0)
        producer.send_offsets_to_transaction(dict(offsets), group)
        producer.commit_transaction()

    def close(self) -> None:
        """Disconnect from the brokers."""
        self._producer.close()

    def _release(self, offsets: Offsets, group: ConsumerGroupMetadata) -> None:
        """Abort a transaction with the same offsets, which ends what the brokers still hold of an earlier one.

        A commit of offsets that reaches them after its transaction is over leaves the group's offsets unknown for
        good, to us and to the replica that takes over (ADR 10).
        """
        with suppress(KafkaError):  # refused or not, the offsets have joined a transaction
            within(TRANSACTION_SECONDS, partial(_hold, self._producer, offsets, group))
        self._replace_producer()

    def _replace_producer(self) -> None:
        with suppress(KafkaError):  # it may fail to flush what will be aborted anyway
            self._producer.close(timeout=0)
        self._producer = self._new_producer()

    def _new_producer(self) -> KafkaProducer:
        producer = self._make_producer()
        try:
            producer.init_transactions()
        except KafkaError:
            producer.close(timeout=0)
            raise
        return producer

    def _send(self, producer: KafkaProducer, outcome: Outcome) -> FutureRecordMetadata:
        record = outcome.record
        if isinstance(outcome, Scored):
            verdict = outcome.verdict
            return producer.send(self._verdicts, verdict.value(), key=record.key, headers=verdict.headers())
        return producer.send(
            self._dead_letters,
            self._original(outcome),
            key=record.key,
            headers=dead_letter_headers(record, outcome.rejection),
        )

    def _original(self, dead_letter: DeadLetter) -> bytes:
        """The original bytes; those of an image beyond the limits stay where the source coordinates say."""
        value = dead_letter.record.value or b""
        return value if len(value) <= self._largest_value else b""


def _hold(producer: KafkaProducer, offsets: Offsets, group: ConsumerGroupMetadata) -> None:
    producer.begin_transaction()
    producer.send_offsets_to_transaction(dict(offsets), group)


def within(seconds: float, call: Callable[[], T]) -> T:
    """Run a call of the Kafka client with a deadline, in a thread of its own; returns or raises what it does.

    After a broker's restart kafka-python 3.0.12 may never return from a flush or from the end of a transaction, and
    most of its calls take no limit (ADR 10). An abandoned call's thread ends with the client or the process.

    Raises:
        KafkaTimeoutError: if it does not return in time.
    """
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(call())
        except BaseException as error:  # noqa: BLE001 - raised again by the waiting thread
            outcome.set_exception(error)

    Thread(target=run, name="within", daemon=True).start()
    try:
        return outcome.result(seconds)
    except TimeoutError:
        raise KafkaTimeoutError(f"no answer within {seconds:g} s") from None
