"""Sending what is ready in batches, and finding out after every failure what the brokers have."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from kafka.errors import AuthorizationError, KafkaError

from service.record.errors import StreamError
from service.scoring.image import ImageRejected, Reason
from service.send.delivery import Delivery, NotSent, Outgoing, Refused
from service.send.files import FoundFile
from service.send.intake import Intake, Ready
from service.send.journal import Journal, JournalError
from service.send.pace import Pace
from service.send.sent_on_topic import SENT_ID, sent_id
from service.send.telemetry import Telemetry
from service.threads import Stopped

T = TypeVar("T")

RETRY_SECONDS = 1.0

MOST_FAILURES = 5
"""In a row, of a command that is not to wait for the brokers."""

Numbers = Callable[[dict[int, float]], set[int]]
"""From numbers that were begun, and when, to those that are on the topic."""


class Sender:
    """Sends files, in order, each exactly once."""

    def __init__(
        self,
        journal: Journal,
        delivery: Delivery,
        intake: Intake,
        pace: Pace,
        telemetry: Telemetry,
        stop: threading.Event,
        numbers_on_topic: Numbers,
        *,
        is_patient: bool,
    ) -> None:
        """`is_patient` waits for absent brokers as long as it takes."""
        self._journal = journal
        self._delivery = delivery
        self._intake = intake
        self._pace = pace
        self._telemetry = telemetry
        self._stop = stop
        self._numbers_on_topic = numbers_on_topic
        self._is_patient = is_patient

    def connect(self) -> None:
        """Find the brokers, and out what they have of what was begun.

        Raises:
            StreamError: if they cannot be used.
            JournalError: if the journal is not of these brokers.
            Stopped: if a stop was requested meanwhile.
        """
        self._journal.bind(self._patiently(self._delivery.cluster))
        self._settle()

    def send(self, files: Iterable[FoundFile], until: float) -> None:
        """Send those of the files that are ready, until this monotonic time or a stop.

        Raises:
            StreamError, JournalError, Stopped: as `connect`.
        """
        for batch in self._batches(files):
            self._send(batch)
            self._pace.sent(len(batch))
            if self._stop.is_set() or time.monotonic() >= until:
                return

    def _batches(self, files: Iterable[FoundFile]) -> Iterator[list[Ready]]:
        batch, size = list[Ready](), 0
        for file in files:
            if self._stop.wait(self._pace.seconds_to_wait()):
                return
            ready = self._intake.read(file)
            if ready is not None:
                batch.append(ready)
                size += len(ready.record.value)
            if self._pace.is_full(len(batch), size):
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def _send(self, batch: Sequence[Ready]) -> None:
        failures = 0
        while not self._try(batch):
            failures += 1
            if failures == MOST_FAILURES and not self._is_patient:
                raise StreamError(
                    f"expected the brokers to take images, found: {self._telemetry.brokers_away}; "
                    "give the same command again when they do"
                )
            if self._stop.wait(RETRY_SECONDS):
                raise Stopped

    def _try(self, batch: Sequence[Ready]) -> bool:
        """Send a batch; False if it must be tried again."""
        first = self._journal.begin([each.begun for each in batch])
        records = [self._numbered(each.record, number) for number, each in enumerate(batch, first)]
        try:
            self._delivery.send(records, first + len(batch))
        except Refused as error:
            self._settle()
            self._send_apart(batch, str(error))
            return True
        except NotSent as error:
            self._telemetry.wait_for_brokers(str(error))
            if first not in self._settle():
                return False
        else:
            self._journal.settle(range(first, first + len(batch)))
        self._telemetry.count_sent(len(batch))
        self._intake.dispose(each.begun.file for each in batch)
        return True

    def _send_apart(self, batch: Sequence[Ready], why: str) -> None:
        if len(batch) > 1:
            for each in batch:
                self._send([each])
            return
        (refused,) = batch
        size = len(refused.record.value)
        self._intake.reject(
            refused,
            ImageRejected(
                Reason.TOO_LARGE,
                f"expected an image that the brokers take, found one of {size} bytes, of which they say: {why}; "
                "raise max.message.bytes of the topic",
            ),
        )

    def _numbered(self, record: Outgoing, number: int) -> Outgoing:
        headers = [*record.headers, (SENT_ID, sent_id(self._journal.id, number))]
        return Outgoing(record.key, record.value, headers)

    def _settle(self) -> set[int]:
        """Find out which of the begun files the brokers have, and enter it; gives their numbers."""
        while True:
            number = self._patiently(self._delivery.settle)
            begun = self._journal.begun()
            delivered = self._delivered(number, begun)
            self._journal.settle(delivered)
            if number is not None:
                return delivered
            try:
                self._delivery.register(self._journal.next_number)
            except NotSent as error:
                failed = StreamError(f"expected the brokers to take offsets, found: {error}")
                failed.__cause__ = error.__cause__
                self._wait_for_brokers(failed)
            else:
                self._journal.register()
                return delivered

    def _delivered(self, number: int | None, begun: dict[int, float]) -> set[int]:
        if number is None:
            must_look = bool(begun) and self._journal.is_registered
            return self._patiently(partial(self._numbers_on_topic, begun)) if must_look else set()
        if number > self._journal.next_number:
            raise JournalError(
                f"expected a journal that goes on from number {number}, where its last process ended, found one that "
                f"ends at {self._journal.next_number}, such as an old copy; give another --journal (what was sent is "
                "then sent again)"
            )
        return {each for each in begun if each < number}

    def _patiently(self, call: Callable[[], T]) -> T:
        while True:
            try:
                return call()
            except StreamError as error:
                self._wait_for_brokers(error)

    def _wait_for_brokers(self, error: StreamError) -> None:
        """Wait a moment before the next try.

        Raises:
            StreamError: the same, if waiting does not help, or is not wanted.
            Stopped: if a stop is requested.
        """
        cause = error.__cause__
        if not self._is_patient or not isinstance(cause, KafkaError) or isinstance(cause, AuthorizationError):
            raise error
        self._telemetry.wait_for_brokers(str(error))
        if self._stop.wait(RETRY_SECONDS):
            raise Stopped
