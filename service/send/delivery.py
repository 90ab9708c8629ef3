"""Delivery to Kafka, exactly once: a transaction with images, and the next number of their journal as an offset.

The offset is that of a group of the journal's own, on partition 0 of the topic of images; it is a number of the
journal. Nobody reads with that group. A new producer of the same transactional id ends whatever an earlier one left
open, also that of a killed process, before it asks for the number: so what the brokers have is known in any case.
"""

from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from kafka import KafkaProducer, TopicPartition
from kafka.errors import InvalidRecordError, KafkaError, MessageSizeTooLargeError, RecordListTooLargeError
from kafka.producer.future import FutureRecordMetadata
from kafka.structs import ConsumerGroupMetadata, OffsetAndMetadata

from service.record.clients import make_admin, make_producer, make_reader
from service.record.errors import StreamError, missing_right, unreachable
from service.record.messages import Headers
from service.record.topics import refuse_forbidden
from service.record.transactions import begin_producer, client_refusals, confirm
from service.settings.record import RecordSettings
from service.stream.publisher import CLOSE_SECONDS, CONNECT_SECONDS, TRANSACTION_SECONDS
from service.stream.waiting import GRACE_SECONDS, never, within

T = TypeVar("T")

PREFIX = "linewatch-send-"
"""Of the group and the transactional id of each journal, which it needs the rights of."""

ASK_MS = 30_000

_TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError, InvalidRecordError)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record for the topic of images."""

    key: bytes
    value: bytes
    headers: Headers


class NotSent(RuntimeError):  # noqa: N818 - an event
    """The transaction failed: `settle` tells whether its images were sent."""


class Refused(NotSent):
    """The brokers take one of the records never, for its size: the others would go through without it."""


class Delivery:
    """Sends batches, each whole or not at all. A producer that failed is never used again (ADR 1)."""

    def __init__(self, settings: RecordSettings, journal_id: str, stopped: Callable[[], bool] = never) -> None:
        """Connects at the first need. Once `stopped`, nothing is waited for longer than GRACE_SECONDS."""
        self._settings = settings
        self._topic = settings.images_topic
        self._name = f"{PREFIX}{journal_id}"
        self._stopped = stopped
        self._producer: KafkaProducer | None = None

    def cluster(self) -> str:
        """The id of the cluster.

        Raises:
            StreamError: if no broker answers, or there is no topic of images.
            Stopped: if a stop was requested meanwhile.
        """
        return self._asked(self._read_cluster)

    def settle(self) -> int | None:
        """End what is under way, and ask which number is next; None if the brokers know none.

        Raises:
            StreamError: if the brokers do not answer, or refuse.
            Stopped: if a stop was requested meanwhile.
        """
        return self._asked(self._settle)

    def register(self, next_number: int) -> None:
        """Tell the brokers the next number of a journal that they do not know.

        Raises:
            NotSent: if they do not take it.
            Stopped: if a stop was requested meanwhile.
        """
        self.send((), next_number)

    def send(self, records: Sequence[Outgoing], next_number: int) -> None:
        """Send records in one transaction, after which the number is `next_number`.

        Raises:
            Refused: if nothing was sent, since the brokers refuse one of the records for good.
            NotSent: if it is not known whether they were sent.
            Stopped: if a stop was requested meanwhile; it is not known either.
        """
        if self._producer is None:
            raise NotSent("there is no producer")
        try:
            commit = partial(self._commit, self._producer, records, next_number)
            within(TRANSACTION_SECONDS, commit, self._stopped, GRACE_SECONDS)
        except KafkaError as error:
            right = missing_right(error, "write")
            if right is not None:
                raise StreamError(right) from error
            if any(isinstance(each, _TOO_LARGE) for each in (error, *error.args)):
                raise Refused(str(error)) from error
            raise NotSent(str(error)) from error

    def close(self) -> None:
        """Disconnect from the brokers."""
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(KafkaError):
                producer.close(timeout=CLOSE_SECONDS)

    def _commit(self, producer: KafkaProducer, records: Sequence[Outgoing], next_number: int) -> None:
        producer.begin_transaction()
        sent = [self._append(producer, each) for each in records]
        producer.flush()
        confirm(sent, _rank)
        self._number(producer, next_number)
        producer.commit_transaction()

    def _append(self, producer: KafkaProducer, record: Outgoing) -> FutureRecordMetadata:
        with client_refusals():
            return producer.send(self._topic, record.value, key=record.key, headers=record.headers)

    def _number(self, producer: KafkaProducer, number: int) -> None:
        offsets = {TopicPartition(self._topic, 0): OffsetAndMetadata(number, "", -1)}
        producer.send_offsets_to_transaction(offsets, ConsumerGroupMetadata(self._name, -1, "", None))

    def _settle(self) -> int | None:
        self._replace_producer()
        # Offsets of a dead transaction that reach the brokers late would hang; aborting others of the same producer
        # ends them (ADR 10).
        with suppress(KafkaError):
            self._hold()
        self._replace_producer()
        with closing(make_reader(self._settings, self._name)) as reader:
            found = reader.committed(TopicPartition(self._topic, 0), timeout_ms=ASK_MS)
        return None if found is None else int(found)

    def _hold(self) -> None:
        if self._producer is not None:
            self._producer.begin_transaction()
            self._number(self._producer, 0)

    def _replace_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(KafkaError):  # it may fail to flush what will be aborted anyway
                producer.close(timeout=0)
        self._producer = begin_producer(partial(make_producer, self._settings, self._name))

    def _read_cluster(self) -> str:
        with closing(make_admin(self._settings)) as admin:
            cluster = str(admin.describe_cluster()["cluster_id"])
        with closing(make_reader(self._settings)) as reader:
            numbers = reader.partitions_for_topic(self._topic)
        if not numbers:
            refuse_forbidden(self._settings, {self._topic: "write"})
            raise StreamError(
                f"expected topic {self._topic} on {self._settings.bootstrap_servers}, found none; "
                "create it with linewatch topics, or correct the topic settings"
            )
        return cluster

    def _asked(self, call: Callable[[], T]) -> T:
        try:
            return within(CONNECT_SECONDS, call, self._stopped)
        except KafkaError as error:
            raise unreachable(self._settings, error) from error


def _rank(error: KafkaError) -> int:
    """What says that a record is too large comes before what says that something failed."""
    return 0 if isinstance(error, _TOO_LARGE) else 1
