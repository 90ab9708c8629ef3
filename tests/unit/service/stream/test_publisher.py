"""Transactions, with the brokers played by producers that fail where a test wants."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from kafka import TopicPartition
from kafka.errors import KafkaError, MessageSizeTooLargeError, TopicAuthorizationFailedError
from kafka.structs import OffsetAndMetadata

from service.scoring.bundle import read_bundle
from service.scoring.scorer import Scorer
from service.settings.every import Settings
from service.stream.publisher import NotCommitted, Publisher, Refused
from tests.support.bundles import part, write_bundle
from tests.support.outcomes import dead_letter, scored

SETTINGS = Settings(max_image_bytes=1024)
OFFSETS = {TopicPartition("inspection.images", 3): OffsetAndMetadata(42, "", -1)}
GROUP: Any = object()


class FakeProducer:
    """A producer that records its calls and fails at one of them."""

    def __init__(self, fails_at: str = "", error: Callable[[str], Exception] = KafkaError) -> None:
        self.fails_at = fails_at
        self.error = error
        self.calls: list[str] = []
        self.sent: list[tuple[str, bytes, dict[str, Any]]] = []
        self.offsets: list[tuple[dict[TopicPartition, OffsetAndMetadata], object]] = []

    def send(self, topic: str, value: bytes, **record: Any) -> "FakeProducer":
        self._call("send")
        self.sent.append((topic, value, record))
        return self

    def get(self, timeout: float) -> None:
        assert timeout == 0, "what is flushed is there or lost"
        self._call("confirm")

    def send_offsets_to_transaction(self, offsets: dict[TopicPartition, OffsetAndMetadata], group: object) -> None:
        self._call("offsets")
        self.offsets.append((offsets, group))

    def init_transactions(self) -> None:
        self._call("init")

    def begin_transaction(self) -> None:
        self._call("begin")

    def flush(self) -> None:
        self._call("flush")

    def commit_transaction(self) -> None:
        self._call("commit")

    def close(self, timeout: float | None = None) -> None:
        self._call("close" if timeout else "abandon")

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if name == self.fails_at:
            raise self.error(f"{name} failed")


def publisher(*producers: FakeProducer) -> Publisher:
    """A publisher that gets these producers, one after the other."""
    made = iter(producers)
    return Publisher(lambda: next(made), SETTINGS)


def test_a_batch_is_one_transaction_that_is_committed_when_every_record_is_confirmed() -> None:
    producer = FakeProducer()
    publisher(producer).publish([dead_letter(), dead_letter()], OFFSETS, GROUP)
    steps = ["init", "begin", "send", "send", "flush", "confirm", "confirm", "offsets", "commit"]
    assert producer.calls == steps
    assert producer.offsets == [(OFFSETS, GROUP)]


def test_a_verdict_goes_to_its_topic_with_the_key_of_its_image(tmp_path: Path) -> None:
    producer = FakeProducer()
    outcome = scored(Scorer(read_bundle(write_bundle(tmp_path))), part(51), key=b"part-9")
    publisher(producer).publish([outcome], OFFSETS, GROUP)
    record = {"key": b"part-9", "headers": outcome.verdict.headers()}
    assert producer.sent == [(SETTINGS.verdicts_topic, outcome.verdict.value(), record)]


def test_a_dead_letter_carries_the_original_bytes_key_and_headers() -> None:
    producer = FakeProducer()
    outcome = dead_letter(value=b"damaged", key=b"part-9", headers=[("stream", b"left")])
    publisher(producer).publish([outcome], OFFSETS, GROUP)
    ((topic, value, record),) = producer.sent
    assert (topic, value, record["key"]) == (SETTINGS.dead_letter_topic, b"damaged", b"part-9")
    assert ("stream", b"left") in record["headers"]


def test_a_dead_letter_beyond_the_limits_is_published_without_its_bytes() -> None:
    producer = FakeProducer()
    outcomes = [dead_letter(value=bytes(size)) for size in (1024, 1025)] + [dead_letter(value=None)]
    publisher(producer).publish(outcomes, OFFSETS, GROUP)
    assert [len(value) for _, value, _ in producer.sent] == [1024, 0, 0]


def test_a_dead_letter_that_was_refused_is_published_without_bytes_key_and_headers() -> None:
    producer = FakeProducer()
    whole = dead_letter(value=b"damaged", key=b"k" * 100, headers=[("trace", b"x")])
    publisher(producer).publish([replace(whole, refusal="too large")], OFFSETS, GROUP)
    ((topic, value, record),) = producer.sent
    assert (topic, value, record["key"]) == (SETTINGS.dead_letter_topic, b"", None)
    assert ("reduced", b"too large") in record["headers"]
    assert "trace" not in dict(record["headers"])


def test_a_key_beyond_all_bounds_is_cut() -> None:
    producer = FakeProducer()
    publisher(producer).publish([dead_letter(key=b"k" * 120_000)], OFFSETS, GROUP)
    assert len(producer.sent[0][2]["key"]) < 400


@pytest.mark.parametrize("step", ["send", "confirm"])
@pytest.mark.parametrize(
    ("error", "is_final"),
    [
        (MessageSizeTooLargeError, True),
        (ValueError, True),
        (AssertionError, True),
        (TopicAuthorizationFailedError, False),
    ],
)
def test_a_record_that_the_brokers_or_the_client_refuse_is_told_apart_from_a_fault(
    step: str, error: type[Exception], is_final: bool
) -> None:
    if step == "confirm" and not issubclass(error, KafkaError):
        return
    producers = FakeProducer(step, error), FakeProducer(), FakeProducer()
    with pytest.raises(Refused, match=f"{step} failed") as refused:
        publisher(*producers).publish([dead_letter()], OFFSETS, GROUP)
    assert refused.value.is_final is is_final


def test_a_refusal_that_shows_at_the_next_record_is_one_as_well() -> None:
    def failed(_: str) -> KafkaError:
        return KafkaError("cannot send after an error", MessageSizeTooLargeError())

    producers = FakeProducer("send", failed), FakeProducer(), FakeProducer()
    with pytest.raises(Refused, match="MessageSizeTooLargeError"):
        publisher(*producers).publish([dead_letter()], OFFSETS, GROUP)


def test_outside_of_the_group_nothing_is_sent() -> None:
    producer = FakeProducer()
    with pytest.raises(NotCommitted, match="not in the consumer group"):
        publisher(producer).publish([dead_letter()], OFFSETS, None)
    assert producer.calls == ["init"]


@pytest.mark.parametrize("step", ["begin", "send", "flush", "confirm", "offsets", "commit"])
def test_whatever_step_fails_the_batch_is_not_committed_and_the_producer_never_used_again(step: str) -> None:
    failing, releasing, next_one = FakeProducer(step), FakeProducer(), FakeProducer()
    publishing = publisher(failing, releasing, next_one)
    with pytest.raises(NotCommitted, match=f"{step} failed"):
        publishing.publish([dead_letter()], OFFSETS, GROUP)
    assert failing.calls[-2:] == [step, "abandon"]
    publishing.publish([dead_letter()], OFFSETS, GROUP)
    assert next_one.calls[-1] == "commit"


def test_after_an_abort_the_same_offsets_join_a_transaction_that_is_aborted_as_well() -> None:
    releasing = FakeProducer()
    with pytest.raises(NotCommitted):
        publisher(FakeProducer("commit"), releasing, FakeProducer()).publish([], OFFSETS, GROUP)
    assert releasing.calls == ["init", "begin", "offsets", "abandon"]
    assert releasing.offsets == [(OFFSETS, GROUP)]


def test_a_producer_that_cannot_even_be_closed_is_replaced() -> None:
    class Stuck(FakeProducer):
        def close(self, timeout: float | None = None) -> None:
            raise KafkaError(f"nothing flushed in {timeout} s")

    next_one = FakeProducer()
    publishing = publisher(Stuck("flush"), FakeProducer(), next_one)
    with pytest.raises(NotCommitted, match="flush failed"):
        publishing.publish([], OFFSETS, GROUP)
    assert next_one.calls == ["init"]


def test_a_transaction_that_never_ends_is_aborted_after_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = Event()

    class Hanging(FakeProducer):
        def commit_transaction(self) -> None:
            ended.wait()

    monkeypatch.setattr("service.stream.publisher.TRANSACTION_SECONDS", 0.05)
    with pytest.raises(NotCommitted, match=r"no answer within 0\.05 s"):
        publisher(Hanging(), FakeProducer(), FakeProducer()).publish([], OFFSETS, GROUP)
    ended.set()


def test_brokers_that_take_no_new_producer_are_an_error_that_leaves_none_open() -> None:
    refused = FakeProducer("init")
    with pytest.raises(KafkaError, match="init failed"):
        publisher(FakeProducer("commit"), refused).publish([], OFFSETS, GROUP)
    assert refused.calls == ["init", "abandon"]


def test_closing_closes_the_producer_in_use() -> None:
    producer = FakeProducer()
    publisher(producer).close()
    assert producer.calls == ["init", "close"]
