"""Printing verdicts as they come, until there are enough, a time has passed, or nobody reads on."""

import select
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from time import monotonic
from typing import TextIO

import structlog
from kafka.errors import AuthorizationError

from service.errors import Failure
from service.follow.choice import Choice
from service.follow.lines import json_line, may_colour, person_line
from service.follow.times import Start
from service.follow.topic_tail import TopicTail
from service.record.clients import check_security
from service.record.errors import StreamError
from service.record.messages import Record, VerdictMessage, source_of, verdict_of
from service.settings.follow import FollowSettings
from service.signals import stop_on_signal
from service.threads import Stopped, until_stopped

log = structlog.get_logger(__name__)

LOOK_SECONDS = 5.0
"""Without a verdict for this long, the brokers are asked whether they are there."""

RETRY_SECONDS = 1.0


class TooFewError(Failure, RuntimeError):
    """Following ended before there were as many verdicts as wanted; the message is one sentence for people."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to print, from where to where; `until` and `count` are None for no end."""

    choice: Choice
    start: Start = "latest"
    until: datetime | None = None
    count: int | None = None
    as_json: bool = False


def print_verdicts(settings: FollowSettings, request: Request, out: TextIO) -> None:
    """Print verdicts until the request is met, SIGTERM or SIGINT.

    Raises:
        WrongSecurity: if certificates or the like cannot be used.
        StreamError: if the brokers cannot be used at the start, or there is no such topic.
        TooFewError: if `until` came before `count` verdicts.
        BrokenPipeError: if nobody reads what is printed any more.
    """
    check_security(settings)
    with stop_on_signal() as stop:
        try:
            tail = until_stopped(partial(_begin, settings, request.start), stop, "connecting")
        except Stopped:
            return
        with closing(tail):
            Printing(tail, request, stop, out).run()


def _begin(settings: FollowSettings, start: Start) -> TopicTail:
    tail = TopicTail(settings, settings.verdicts_topic)
    tail.start_at(start)
    return tail


class Printing:
    """Follows with one tail and writes to one stream; belongs to one thread."""

    def __init__(self, tail: TopicTail, request: Request, stop: threading.Event, out: TextIO) -> None:
        self._tail = tail
        self._request = request
        self._stop = stop
        self._out = out
        self._coloured = may_colour(out)
        self._printed = 0
        self._others = 0
        self._heard = monotonic()
        self._away = ""

    def run(self) -> None:
        """See `print_verdicts`."""
        ends = None
        while not self._stop.is_set():
            refuse_if_closed(self._out)
            try:
                if ends is None and self._is_over():
                    ends = self._tail.ends()
                if ends is not None and self._tail.has_reached(ends):
                    self._refuse_too_few()
                    return
                records = self._tail.poll()
                self._look(records)
            except StreamError as error:
                self._note_absence(error)
                continue
            for record, verdict in self._wanted(records):
                print(self._line(record, verdict), file=self._out)
                self._printed += 1
                if self._printed == self._request.count:
                    break
            self._out.flush()
            if self._printed == self._request.count:
                return

    def _wanted(self, records: list[Record]) -> Iterator[tuple[Record, VerdictMessage]]:
        until = self._request.until
        for record in records:
            verdict = verdict_of(record)
            if verdict is None:
                self._note_other(record)
            elif (until is None or record.timestamp < 1000 * until.timestamp()) and self._request.choice.has(verdict):
                yield record, verdict

    def _line(self, record: Record, verdict: VerdictMessage) -> str:
        return json_line(record) if self._request.as_json else person_line(verdict, coloured=self._coloured)

    def _is_over(self) -> bool:
        return self._request.until is not None and datetime.now(UTC) >= self._request.until

    def _refuse_too_few(self) -> None:
        if self._request.count is not None:
            raise TooFewError(f"expected {self._request.count} verdicts until the time given, found {self._printed}")

    def _look(self, records: list[Record]) -> None:
        """Tell once when brokers are away, and once when they are back: a poll would only bring nothing."""
        if not records and not self._away and monotonic() - self._heard < LOOK_SECONDS:
            return
        if not records:
            self._tail.look()
        self._heard = monotonic()
        if self._away:
            self._away = ""
            log.warning("the brokers answer again; nothing was missed")

    def _note_absence(self, error: StreamError) -> None:
        if isinstance(error.__cause__, AuthorizationError):
            raise error
        if not self._away:
            log.warning("no verdicts can be read at present, waiting for the brokers", why=str(error))
        self._away = str(error)
        self._stop.wait(RETRY_SECONDS)

    def _note_other(self, record: Record) -> None:
        self._others += 1
        if self._others == 1:
            log.warning(
                "passed over: a record that is no verdict; something else writes to the topic",
                where=str(source_of(record)),
            )


def refuse_if_closed(stream: TextIO) -> None:
    """Notice that a pipe's reader has ended, as `head` does, before there is something to write.

    Raises:
        BrokenPipeError: if it has.
    """
    try:
        descriptor = stream.fileno()
    except OSError:  # of a stream that is no file
        return
    looking = select.poll()
    looking.register(descriptor, 0)
    if any(event & select.POLLERR for _, event in looking.poll(0)):
        raise BrokenPipeError
