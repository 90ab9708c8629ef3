"""Following a topic that is in memory."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import pytest

from service.record.errors import StreamError
from service.review import topic_follower
from service.review.topic_follower import TopicFollower
from service.settings.every import Settings
from tests.support.records import FakeRecord
from tests.support.service import wait_until


@dataclass
class FakeTopics:
    """Topics by name: what stands on them, and what is written later; `error` is raised by the next poll."""

    standing: dict[str, list[FakeRecord]] = field(default_factory=dict)
    later: list[FakeRecord] = field(default_factory=list)
    error: StreamError | None = None
    sought: list[datetime] = field(default_factory=list)
    opened: int = 0

    def open(self, _settings: Settings, topic: str) -> "FakeReader":
        if topic not in self.standing:
            raise StreamError(f"expected topic {topic}, found none")
        self.opened += 1
        return FakeReader(self, topic)


@dataclass
class FakeReader:
    """A TopicReader of one of them."""

    topics: FakeTopics
    topic: str

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def close(self) -> None:
        pass

    def seek(self, start: datetime) -> None:
        self.topics.sought.append(start)

    def to_end(self) -> Iterator[FakeRecord]:
        return iter(self.topics.standing[self.topic])

    def poll(self) -> list[FakeRecord]:
        threading.Event().wait(0.001)
        if self.topics.error is not None:
            error, self.topics.error = self.topics.error, None
            raise error
        later, self.topics.later = self.topics.later, []
        return later


@pytest.fixture
def topics(monkeypatch: pytest.MonkeyPatch) -> FakeTopics:
    topics = FakeTopics()
    monkeypatch.setattr(topic_follower, "TopicReader", topics.open)
    monkeypatch.setattr(topic_follower, "RETRY_SECONDS", 0.05)
    return topics


def record(offset: int, **more: Any) -> FakeRecord:
    return FakeRecord(offset=offset, **more)


def test_it_reads_to_the_end_and_on_until_it_is_stopped(topics: FakeTopics) -> None:
    topics.standing["reviews"] = [record(1), record(2)]
    offsets: list[int] = []
    follower = TopicFollower(Settings(review_days=3), "reviews", lambda each: offsets.append(each.offset))
    assert not follower.caught_up
    with follower.following(threading.Event()) as thread:
        wait_until(lambda: follower.caught_up, "the end of the topic")
        assert offsets == [1, 2]
        topics.later.append(record(3))
        wait_until(lambda: offsets == [1, 2, 3], "what was written later")
        assert thread.name == "follower of reviews"
    assert not thread.is_alive()
    assert abs(datetime.now(UTC) - timedelta(days=3) - topics.sought[0]) < timedelta(minutes=1)


def test_after_an_error_it_starts_again_and_gives_the_reason_meanwhile(topics: FakeTopics) -> None:
    topics.standing["reviews"] = [record(1)]
    offsets: list[int] = []
    follower = TopicFollower(Settings(), "reviews", lambda each: offsets.append(each.offset))
    with follower.following(threading.Event()):
        wait_until(lambda: follower.caught_up, "the end of the topic")
        topics.error = StreamError("expected Kafka, found nobody")
        wait_until(lambda: follower.error == "expected Kafka, found nobody", "the error")
        assert follower.caught_up
        wait_until(lambda: not follower.error, "the brokers again")
    assert offsets == [1, 1]


def test_one_topic_is_read_after_another(topics: FakeTopics) -> None:
    topics.standing |= {"reviews": [record(1)], "verdicts": [record(2)]}
    offsets: list[int] = []
    released = threading.Event()

    def slowly(each: Any) -> None:
        released.wait()
        offsets.append(each.offset)

    first = TopicFollower(Settings(), "reviews", slowly)
    second = TopicFollower(Settings(), "verdicts", lambda each: offsets.append(each.offset), after=first)
    stop = threading.Event()
    with second.following(stop), first.following(stop):
        released.set()
        wait_until(lambda: second.caught_up, "both topics")
    assert offsets == [1, 2]


def test_one_that_waits_for_another_can_be_stopped(topics: FakeTopics) -> None:
    topics.standing["verdicts"] = []
    never = TopicFollower(Settings(), "reviews", lambda _: None)
    with TopicFollower(Settings(), "verdicts", lambda _: None, after=never).following(threading.Event()) as thread:
        pass
    assert (thread.is_alive(), topics.sought) == (False, [])


def test_a_topic_that_is_missing_ends_the_start(topics: FakeTopics) -> None:
    follower = TopicFollower(Settings(), "reviews", lambda _: None)
    with pytest.raises(StreamError, match="expected topic reviews, found none"), follower.following(threading.Event()):
        pytest.fail("it must not begin")
    assert topics.opened == 0
