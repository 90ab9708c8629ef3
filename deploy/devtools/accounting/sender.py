"""Sends numbered images at a given rate, and keeps in the ledger what the brokers acknowledged."""

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from itertools import cycle
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError

from deploy.devtools.accounting.corpus import Image
from deploy.devtools.accounting.ledger import Ledger
from deploy.devtools.background import Background

TICK_SECONDS = 0.02
FLUSH_SECONDS = 60.0


def part_id(number: int) -> bytes:
    """The key of a numbered image."""
    return b"part-%d" % number


def number_of(key: bytes | None) -> int | None:
    """The number in a key, None if it is not one of ours."""
    text = (key or b"").removeprefix(b"part-")
    return int(text) if key and key.startswith(b"part-") and text.isdigit() else None


class Sender(Background):
    """A producer (idempotent, acks=all) in a thread of its own; as a context manager it sends until the end.

    A producer that failed to send is closed and replaced, as the service does with its own. What it had not yet
    confirmed may or may not be on the topic: the ledger asks nothing of those numbers.
    """

    def __init__(self, kafka: str, topic: str, ledger: Ledger, images: Sequence[Image], rate: float) -> None:
        """`rate` is in images a second, 0 for none."""
        super().__init__("sender")
        self._kafka, self._topic, self._ledger = kafka, topic, ledger
        self._images = cycle(images)
        self._lock = threading.Lock()
        self._failed = threading.Event()
        self.rate = rate
        self.most_waiting: int | None = None
        """Send no more while this many images have no outcome yet; None for no such limit."""

    def send(self, images: int) -> None:
        """Send so many at once, and wait until they are acknowledged or given up."""
        producer = self._producer()
        for _ in range(images):
            self._send(producer)
        producer.flush(timeout=FLUSH_SECONDS)
        producer.close()

    def _run(self) -> None:
        producer, due, last = self._producer(), 0.0, time.monotonic()
        while not self._ended.wait(TICK_SECONDS):
            if self._failed.is_set():
                self._failed.clear()
                _close(producer, 0.0)
                producer = self._producer()
            now = time.monotonic()
            due, last = min(due + self.rate * (now - last), self.rate), now  # no burst of more than a second
            while due >= 1.0 and not self._full():
                self._send(producer)
                due -= 1.0
        with suppress(KafkaError):
            producer.flush(timeout=FLUSH_SECONDS)
        _close(producer, 1.0)

    def _full(self) -> bool:
        return self.most_waiting is not None and len(self._ledger) - self._ledger.outcomes > self.most_waiting

    def _send(self, producer: KafkaProducer) -> None:
        with self._lock:
            image = next(self._images)
        number = self._ledger.send(image.expected)
        try:
            sent = producer.send(self._topic, image.value, key=part_id(number), headers=list(image.headers))
        except KafkaError as error:
            self._fail(error)
            return
        sent.add_callback(partial(self._acknowledge, number))
        sent.add_errback(self._fail)

    def _acknowledge(self, number: int, where: Any) -> None:
        self._ledger.acknowledge(number, where.partition, where.offset)

    def _fail(self, _error: Exception) -> None:
        self._failed.set()

    def _producer(self) -> KafkaProducer:
        while True:
            try:
                return KafkaProducer(
                    bootstrap_servers=self._kafka.split(","),
                    acks="all",
                    enable_idempotence=True,
                    linger_ms=5,
                    max_block_ms=5_000,
                    reconnect_backoff_max_ms=500,
                    max_request_size=1 << 24,
                )
            except KafkaError:  # the brokers are away just now
                if self._ended.wait(0.5):
                    raise


def _close(producer: KafkaProducer, seconds: float) -> None:
    with suppress(KafkaError):  # it may fail to flush what nobody counts on
        producer.close(timeout=seconds)
