"""What every transactional producer needs."""

from typing import Any, cast

import pytest
from kafka import KafkaProducer
from kafka.errors import InvalidRecordError, KafkaError, KafkaTimeoutError, MessageSizeTooLargeError
from kafka.producer.future import FutureRecordMetadata

from service.record.transactions import begin_producer, client_refusals, confirm


class FakeProducer:
    """Remembers what was called; `error` is raised where transactions are begun."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error, self.calls = error, list[str]()

    def init_transactions(self) -> None:
        self.calls.append("init")
        if self.error:
            raise self.error

    def close(self, timeout: float) -> None:
        self.calls.append(f"close within {timeout}")


class Sent:
    """A record that is acknowledged, or not."""

    def __init__(self, error: KafkaError | None = None) -> None:
        self.error, self.looked_at = error, False

    def get(self, timeout: float) -> None:
        assert timeout == 0
        self.looked_at = True
        if self.error:
            raise self.error


def producer(fake: FakeProducer) -> KafkaProducer:
    return cast(KafkaProducer, fake)


def records(sent: list[Sent]) -> list[FutureRecordMetadata]:
    return cast("list[FutureRecordMetadata]", sent)


def test_a_producer_begins_by_ending_what_was_left_open() -> None:
    fake = FakeProducer()
    assert begin_producer(lambda: producer(fake)) is fake
    assert fake.calls == ["init"]


@pytest.mark.parametrize("error", [KafkaTimeoutError("away"), KeyboardInterrupt()])
def test_a_producer_that_cannot_begin_is_closed(error: BaseException) -> None:
    fake = FakeProducer(error)
    with pytest.raises(type(error)):
        begin_producer(lambda: producer(fake))
    assert fake.calls == ["init", "close within 0"]


@pytest.mark.parametrize("error", [AssertionError("key"), TypeError("headers"), ValueError("too long")])
def test_what_the_client_refuses_is_an_invalid_record(error: Exception) -> None:
    with pytest.raises(InvalidRecordError, match=str(error)), client_refusals():
        raise error


def test_all_records_are_looked_at_and_the_error_of_the_lowest_rank_is_raised() -> None:
    sent = [Sent(KafkaTimeoutError("first")), Sent(MessageSizeTooLargeError("large")), Sent(), Sent()]
    ranks: dict[Any, int] = {MessageSizeTooLargeError: 0, KafkaTimeoutError: 1}
    with pytest.raises(MessageSizeTooLargeError):
        confirm(records(sent), lambda error: ranks[type(error)])
    assert all(each.looked_at for each in sent)


def test_of_one_rank_the_first_error_is_raised_and_none_if_all_are_there() -> None:
    with pytest.raises(KafkaTimeoutError, match="one"):
        confirm(records([Sent(KafkaTimeoutError("one")), Sent(KafkaTimeoutError("two"))]), lambda _: 0)
    confirm(records([Sent(), Sent()]), lambda _: 0)
