"""Writing reviews."""

from collections.abc import Callable

import pytest
from kafka.errors import KafkaTimeoutError

from service.record.errors import StreamError
from service.review.review_writer import ReviewWriter, Written
from tests.support.reviewing import FakeProducer, review


class Closing(FakeProducer):
    """Knows whether it was closed; one that hangs raises on the way out."""

    def __init__(self, *, away: bool = False, hangs: bool = False) -> None:
        super().__init__(away=away)
        self.closed, self.hangs = False, hangs

    def close(self, timeout: float) -> None:
        assert timeout == 0, "a producer that failed is not waited for"
        self.closed = True
        if self.hangs:
            raise KafkaTimeoutError


def handing_out(*producers: FakeProducer) -> Callable[[], FakeProducer]:
    """Makes one producer after another."""
    waiting = list(producers)
    return lambda: waiting.pop(0)


def test_one_producer_writes_all_reviews_and_gives_their_positions() -> None:
    producer = FakeProducer()
    writer = ReviewWriter(handing_out(producer), "reviews")
    assert [writer.write(review(offset)) for offset in (1, 2)] == [Written(0, 1), Written(0, 2)]
    assert producer.written == [review(1), review(2)]


@pytest.mark.parametrize("hangs", [False, True])
def test_a_producer_that_failed_is_closed_and_never_used_again(hangs: bool) -> None:
    failed, fresh = Closing(away=True, hangs=hangs), Closing()
    writer = ReviewWriter(handing_out(failed, fresh), "reviews")
    with pytest.raises(StreamError, match=r"expected Kafka to take the review, found: .*; it does not count yet"):
        writer.write(review(1))
    failed.away = False
    assert (failed.closed, failed.written) == (True, [])
    writer.write(review(1))
    assert (failed.written, fresh.written) == ([], [review(1)])


def test_brokers_that_cannot_be_reached_at_all_are_the_same_error() -> None:
    def unreachable() -> FakeProducer:
        raise KafkaTimeoutError

    with pytest.raises(StreamError, match="answer again when the brokers are back"):
        ReviewWriter(unreachable, "reviews").write(review(1))


def test_closing_lets_the_producer_go() -> None:
    producer = Closing()
    writer = ReviewWriter(handing_out(producer), "reviews")
    writer.close()
    writer.write(review(1))
    assert not producer.closed
    writer.close()
    assert producer.closed
