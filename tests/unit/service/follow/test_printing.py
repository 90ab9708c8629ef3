"""The loop that prints, without brokers: ends, counts, outages, what is no verdict, a pipe that nobody reads."""

import io
import os
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, cast

import pytest
import structlog
from kafka.errors import TopicAuthorizationFailedError

from service.follow import printing
from service.follow.choice import Choice
from service.follow.printing import Printing, Request, TooFewError, refuse_if_closed
from service.follow.topic_tail import TopicTail
from service.record.errors import StreamError
from service.record.messages import Record
from tests.support.records import FakeRecord
from tests.support.reviewing import verdict


def record(offset: int, decision: str = "anomaly", **fields: Any) -> FakeRecord:
    return FakeRecord(**{"offset": offset, "value": verdict(offset, decision).value(), **fields})


class FakeTail:
    """Gives polls in turn: records, or an error; at their end it stops the loop."""

    def __init__(self, stop: threading.Event, *polls: Sequence[FakeRecord] | Exception) -> None:
        self._stop = stop
        self._polls = list(polls)
        self.position = 0

    def poll(self) -> list[Record]:
        if not self._polls:
            self._stop.set()
            return []
        found = self._polls.pop(0)
        if isinstance(found, Exception):
            raise found
        self.position = max((each.offset + 1 for each in found), default=self.position)
        return cast("list[Record]", list(found))

    def look(self) -> None:
        pass

    def ends(self) -> int:
        return 3

    def has_reached(self, ends: int) -> bool:
        return self.position >= ends


def printed(request: Request, *polls: Sequence[FakeRecord] | Exception) -> list[str]:
    """The part ids of the lines."""
    out, stop = io.StringIO(), threading.Event()
    Printing(cast("TopicTail", FakeTail(stop, *polls)), request, stop, out).run()
    return [line.split("   ")[3] for line in out.getvalue().splitlines()]


def test_what_is_chosen_is_printed_until_stopped() -> None:
    request = Request(Choice(decisions=frozenset({"anomaly"})))
    assert printed(request, [record(0), record(1, "pass")], [], [record(2)]) == ["part-0", "part-2"]


def test_a_count_ends_in_the_midst_of_a_poll() -> None:
    assert printed(Request(Choice(), count=2), [record(0), record(1), record(2)]) == ["part-0", "part-1"]


def test_until_a_time_is_to_the_end_of_then_without_what_was_written_later() -> None:
    until = datetime(2026, 1, 1, tzinfo=UTC)
    late = round(until.timestamp() * 1000)
    first = [record(0, timestamp=late - 1), record(1, timestamp=late)]
    second = [record(2, timestamp=late - 5)]
    assert printed(Request(Choice(), until=until), first, second, [record(3)]) == ["part-0", "part-2"]


def test_fewer_than_wanted_until_then_is_an_error() -> None:
    request = Request(Choice(), until=datetime(2026, 1, 1, tzinfo=UTC), count=3)
    with pytest.raises(TooFewError, match="expected 3 verdicts until the time given, found 2"):
        printed(request, [record(0, timestamp=1)], [record(2)])


def test_an_outage_is_told_once_and_outlasted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "RETRY_SECONDS", 0.0)
    with structlog.testing.capture_logs() as logs:
        found = printed(Request(Choice()), [record(0)], StreamError("away"), StreamError("away"), [record(1)])
    assert found == ["part-0", "part-1"]
    assert [each["event"][:30] for each in logs] == ["no verdicts can be read at pre", "the brokers answer again; noth"]


def test_a_right_that_is_missing_ends_it() -> None:
    error = StreamError("expected the right to read topic x")
    error.__cause__ = TopicAuthorizationFailedError("x")
    with pytest.raises(StreamError, match="the right to read"):
        printed(Request(Choice()), error)


def test_what_is_no_verdict_is_told_once() -> None:
    with structlog.testing.capture_logs() as logs:
        assert printed(Request(Choice()), [record(0, value=b"{}"), record(1, value=None), record(2)]) == ["part-2"]
    assert [each["where"] for each in logs] == ["inspection.images/3/0"]


def test_a_pipe_without_a_reader_is_noticed() -> None:
    refuse_if_closed(io.StringIO())
    with ExitStack() as stack:
        reading, writing = os.pipe()
        stack.callback(os.close, reading)
        pipe = os.fdopen(writing, "w")
        refuse_if_closed(pipe)
        stack.pop_all().close()
        with pytest.raises(BrokenPipeError):
            refuse_if_closed(pipe)
        pipe.close()
