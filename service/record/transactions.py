"""What every transactional producer needs: a beginning, one error for what is refused, every record acknowledged."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from kafka import KafkaProducer
from kafka.errors import InvalidRecordError, KafkaError
from kafka.producer.future import FutureRecordMetadata


def begin_producer(make_producer: Callable[[], KafkaProducer]) -> KafkaProducer:
    """A new producer that has ended what an earlier one of its transactional id left open.

    Raises:
        KafkaError: if the brokers cannot be reached or refuse transactions; the producer is closed then.
    """
    producer = make_producer()
    try:
        producer.init_transactions()
    except BaseException:
        producer.close(timeout=0)
        raise
    return producer


@contextmanager
def client_refusals() -> Iterator[None]:
    """Context for making a record and handing it over: whatever the client refuses it with becomes one error.

    Raises:
        InvalidRecordError: in place of the client's assertions, type and value errors.
    """
    try:
        yield
    except (AssertionError, TypeError, ValueError) as error:
        raise InvalidRecordError(str(error)) from error


def confirm(sent: Sequence[FutureRecordMetadata], rank: Callable[[KafkaError], int]) -> None:
    """See that every record is acknowledged: the client can commit a transaction that has lost one.

    Raises:
        KafkaError: of several the first of the lowest rank, which says most about a record.
    """
    errors = []
    for record in sent:
        try:
            record.get(timeout=0)
        except KafkaError as error:
            errors.append(error)
    if errors:
        raise min(errors, key=rank)
