"""A lane: the verdicts of one partition, sent one after the other, each until it is taken or refused for good."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import structlog

from service.follow.webhook.answer import Answer, Meaning
from service.follow.webhook.connection import Connection
from service.follow.webhook.delivery import Delivery
from service.follow.webhook.metrics import WebhookMetrics, age_seconds
from service.follow.webhook.pauses import pause_seconds
from service.follow.webhook.trust import Trust

log = structlog.get_logger(__name__)

MOST_WAITING = 100
"""Records that a lane takes in; those behind them stay on their topic."""


CUT_SECONDS = 1.0
"""How long a try takes to notice that it is cut off."""


@dataclass(frozen=True, slots=True)
class Sending:
    """What all lanes have in common."""

    connect: Callable[[], Connection]
    secrets: Sequence[bytes]
    in_flight: AbstractContextManager[object]
    """Held during a try, so that only so many are made at a time."""
    trust: Trust
    metrics: WebhookMetrics


class Lane:
    """Sends in a thread of its own; another one offers records and asks how far it is."""

    def __init__(self, name: str, sending: Sending) -> None:
        self._sending = sending
        self._connection = sending.connect()
        self._name = name
        self._waiting = deque[tuple[int, Delivery | None]]()
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._next: int | None = None
        self._trying: Delivery | None = None
        self.done: int | None = None
        """The offset behind the last record that was dealt with; None as long as there was none."""
        self._thread = threading.Thread(target=self._run, name=f"lane {name}", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many records it holds."""
        return len(self._waiting)

    @property
    def oldest_seconds(self) -> float:
        """Age of the verdict that is being sent; 0 if none is."""
        trying = self._trying
        return 0.0 if trying is None else max(0.0, age_seconds(trying.verdict))

    def offer(self, offset: int, delivery: Delivery | None) -> bool:
        """Take in the next record, or None in place of one that is not sent; False if there is no room for it.

        A record that it had before is taken for granted: partitions are read again after a pause.
        """
        with self._changed:
            if self._next is not None and offset < self._next:
                return True
            if len(self._waiting) >= MOST_WAITING:
                return False
            self._next = offset + 1
            self._waiting.append((offset, delivery))
            self._changed.notify()
            return True

    @property
    def next_offset(self) -> int | None:
        """Of the record that it would take in next; None before the first."""
        return self._next

    @property
    def has_room(self) -> bool:
        """Whether it is worth polling more for it."""
        return len(self._waiting) <= MOST_WAITING // 2

    def stop(self) -> None:
        """Begin nothing new."""
        self._stop.set()
        with self._changed:
            self._changed.notify()

    def end(self, seconds: float) -> None:
        """Stop, and wait so long for the try in progress before it is cut off."""
        self.stop()
        self._thread.join(seconds)
        if self._thread.is_alive():
            self._connection.give_up()
            self._thread.join(CUT_SECONDS)

    def _run(self) -> None:
        while not self._stop.is_set():
            with self._changed:
                while not self._waiting and not self._stop.is_set():
                    self._changed.wait()
                if self._stop.is_set():
                    break
                offset, delivery = self._waiting[0]
            if delivery is not None and not self._send(delivery):
                break
            self.done = offset + 1
            with self._changed:
                self._waiting.popleft()
        self._connection.close()

    def _send(self, delivery: Delivery) -> bool:
        """Try until it is taken or refused; False if it is stopped first."""
        failures = 0
        self._trying = delivery
        try:
            while not self._stop.is_set():
                answer = self._post(delivery)
                if answer is None:
                    return False
                if self._is_settled(delivery, answer, failures):
                    return True
                failures += 1
                self._stop.wait(pause_seconds(failures, answer.wait_seconds))
        finally:
            self._trying = None
        return False

    def _post(self, delivery: Delivery) -> Answer | None:
        with self._sending.in_flight:
            if self._stop.is_set():  # while it waited for its turn
                return None
            headers = delivery.headers(self._sending.secrets, int(time.time()))
            return self._connection.post(headers, delivery.body)

    def _is_settled(self, delivery: Delivery, answer: Answer, failures: int) -> bool:
        verdict = {"webhook_id": delivery.webhook_id, "part": delivery.verdict.part_id}
        if answer.meaning is Meaning.DELIVERED:
            self._sending.trust.taken()
            self._sending.metrics.delivered(delivery.verdict)
            if failures:
                log.info("the receiver takes verdicts again", partition=self._name, tries=failures + 1)
            return True
        if answer.meaning is Meaning.REFUSED and self._sending.trust.spend():
            self._sending.metrics.refused()
            log.error("the receiver refuses a verdict, which is passed over", why=answer.why, **verdict)
            return True
        self._sending.metrics.failed(answer)
        if failures == 0:
            log.warning("a verdict is not taken, trying again; those behind it wait", why=answer.why, **verdict)
        return False
