"""Publishing to Kafka exactly once: one transaction for each batch."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Generic, NamedTuple, TypeVar

from kafka import KafkaProducer, TopicPartition
from kafka.errors import (
    InvalidRecordError,
    InvalidTimestampError,
    KafkaError,
    MessageSizeTooLargeError,
    PolicyViolationError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
    UnknownError,
)
from kafka.producer.future import FutureRecordMetadata
from kafka.structs import ConsumerGroupMetadata, OffsetAndMetadata

from service.record.clients import TRANSACTION_TIMEOUT_MS
from service.record.dead_letter import dead_letter_headers, key_of, reduced_headers, reduced_key
from service.record.messages import Headers
from service.record.transactions import begin_producer, client_refusals, confirm
from service.settings.record import RecordSettings
from service.stream.outcome import DeadLetter, Outcome, Scored
from service.stream.waiting import GRACE_SECONDS, never, within

TRANSACTION_SECONDS = TRANSACTION_TIMEOUT_MS / 1000.0
"""After this the brokers end it in any case."""

CONNECT_SECONDS = 120.0
"""Longer than the client itself waits for a broker and for the transaction before."""

CLOSE_SECONDS = 2.0

Offsets = Mapping[TopicPartition, OffsetAndMetadata]

T = TypeVar("T")


class Outgoing(NamedTuple):
    """A record to be published."""

    topic: str
    value: bytes
    key: bytes | None
    headers: Headers


class NotCommitted(RuntimeError):  # noqa: N818 - an event, as the loop reads it
    """The transaction was aborted: nothing of the batch was published, and it can be tried again."""


class Refused(NotCommitted):
    """The brokers refuse a record of the batch itself: the others would go through without it."""

    def __init__(self, why: str, *, is_final: bool) -> None:
        """`is_final` where they refuse it whenever it is sent, as for its size; not where a person grants a right."""
        super().__init__(why)
        self.is_final = is_final


_REFUSED_FOR_GOOD = (
    InvalidRecordError,
    InvalidTimestampError,
    MessageSizeTooLargeError,
    PolicyViolationError,
    RecordListTooLargeError,
)
_REFUSED_FOR_NOW = (TopicAuthorizationFailedError, UnknownError)


class TransactionalPublisher(ABC, Generic[T]):
    """Publishes a batch whole or not at all: its records and the consumed offsets in one transaction.

    A producer that failed is never used again: its successor takes over the transactional id, which makes the
    brokers abort what was open and refuse what the old one may still send.
    """

    def __init__(self, make_producer: Callable[[], KafkaProducer], stopped: Callable[[], bool] = never) -> None:
        """Connect, and end a transaction that a predecessor of the same instance name left open.

        Once `stopped`, no transaction is waited for longer than GRACE_SECONDS, and nothing else at all.

        Raises:
            KafkaError: if the brokers cannot be reached or refuse transactions.
        """
        self._stopped = stopped
        self._make_producer = make_producer
        self._producer = begin_producer(make_producer)

    @abstractmethod
    def outgoing(self, outcome: T) -> Outgoing:
        """The record that publishes an outcome."""

    def publish(self, outcomes: Sequence[T], offsets: Offsets, group: ConsumerGroupMetadata | None) -> None:
        """Publish a batch.

        Args:
            outcomes: what is to be published of the batch.
            offsets: the offsets that the group commits with it.
            group: our membership; the brokers refuse the offsets if it is no longer current.

        Raises:
            Refused: if nothing was published because the brokers refuse one of the records.
            NotCommitted: if nothing was published and the batch should be polled again.
            KafkaError: if the brokers do not take a new producer either.
            Stopped: if a stop was requested meanwhile; whether the batch is published is not known then.
        """
        if group is None:
            raise NotCommitted("this replica is not in the consumer group")
        try:
            commit = partial(self._commit, self._producer, outcomes, offsets, group)
            within(TRANSACTION_SECONDS, commit, self._stopped, GRACE_SECONDS)
        except KafkaError as error:
            self._replace_producer()
            self._release(offsets, group)
            raise _not_committed(error) from error

    def _commit(
        self, producer: KafkaProducer, outcomes: Sequence[T], offsets: Offsets, group: ConsumerGroupMetadata
    ) -> None:
        producer.begin_transaction()
        sent = [self._send(producer, outcome) for outcome in outcomes]
        producer.flush()
        confirm(sent, _rank)
        producer.send_offsets_to_transaction(dict(offsets), group)
        producer.commit_transaction()

    def close(self) -> None:
        """Disconnect from the brokers."""
        with suppress(KafkaError):  # what it may still hold was never committed
            self._producer.close(timeout=CLOSE_SECONDS)

    def _release(self, offsets: Offsets, group: ConsumerGroupMetadata) -> None:
        """Abort a transaction with the same offsets, which ends what the brokers still hold of an earlier one.

        A commit of offsets that reaches them after its transaction is over leaves the group's offsets unknown for
        good, to us and to the replica that takes over (ADR 10).
        """
        with suppress(KafkaError):  # refused or not, the offsets have joined a transaction
            within(TRANSACTION_SECONDS, partial(_hold, self._producer, offsets, group), self._stopped)
        self._replace_producer()

    def _replace_producer(self) -> None:
        with suppress(KafkaError):  # it may fail to flush what will be aborted anyway
            self._producer.close(timeout=0)
        self._producer = within(CONNECT_SECONDS, partial(begin_producer, self._make_producer), self._stopped)

    def _send(self, producer: KafkaProducer, outcome: T) -> FutureRecordMetadata:
        with client_refusals():
            topic, value, key, headers = self.outgoing(outcome)
            return producer.send(topic, value, key=key, headers=headers)


class Publisher(TransactionalPublisher[Outcome]):
    """Publishes verdicts and dead letters, one for every image of a batch."""

    def __init__(
        self, make_producer: Callable[[], KafkaProducer], settings: RecordSettings, stopped: Callable[[], bool] = never
    ) -> None:
        """Connect; see `TransactionalPublisher`.

        Raises:
            KafkaError: if the brokers cannot be reached or refuse transactions.
        """
        self._verdicts = settings.verdicts_topic
        self._dead_letters = settings.dead_letter_topic
        self._largest_value = settings.max_image_bytes
        super().__init__(make_producer, stopped)

    def outgoing(self, outcome: Outcome) -> Outgoing:
        """The record of a verdict, a dead letter or a reduced dead letter."""
        record = outcome.record
        if isinstance(outcome, Scored):
            return Outgoing(self._verdicts, outcome.verdict.value(), key_of(record), outcome.verdict.headers())
        if outcome.refusal:
            headers = reduced_headers(record, outcome.rejection, outcome.refusal)
            return Outgoing(self._dead_letters, b"", reduced_key(record), headers)
        headers = dead_letter_headers(record, outcome.rejection)
        return Outgoing(self._dead_letters, self._original(outcome), key_of(record), headers)

    def _original(self, dead_letter: DeadLetter) -> bytes:
        """The original bytes; those of an image beyond the limits stay where the source coordinates say."""
        value = dead_letter.record.value or b""
        return value if len(value) <= self._largest_value else b""


def _hold(producer: KafkaProducer, offsets: Offsets, group: ConsumerGroupMetadata) -> None:
    producer.begin_transaction()
    producer.send_offsets_to_transaction(dict(offsets), group)


def _rank(error: KafkaError) -> int:
    refusal = _refusal(error)
    if isinstance(refusal, _REFUSED_FOR_GOOD):
        return 0
    return 1 if refusal else 2


def _refusal(error: KafkaError) -> KafkaError | None:
    """The brokers' word on a record: the error itself, or what it names as an earlier one of the same transaction."""
    return next((each for each in (error, *error.args) if isinstance(each, _REFUSED_FOR_GOOD + _REFUSED_FOR_NOW)), None)


def _not_committed(error: KafkaError) -> NotCommitted:
    refusal = _refusal(error)
    if refusal is None:
        return NotCommitted(str(error))
    return Refused(str(refusal), is_final=isinstance(refusal, _REFUSED_FOR_GOOD))
