"""Reads committed verdicts and dead letters into the ledger: as they come, or all of them from the beginning."""

import time
from collections.abc import Iterable
from contextlib import closing
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from deploy.devtools.accounting.ledger import Kind, Ledger
from deploy.devtools.accounting.sender import number_of
from deploy.devtools.background import Background
from deploy.devtools.errors import DemoError

POLL_MS = 100


class Reader(Background):
    """Follows both topics in a thread of its own for as long as the context lasts."""

    def __init__(self, kafka: str, verdicts: str, dead_letters: str, ledger: Ledger) -> None:
        super().__init__("reader")
        self._kafka, self._topics, self._ledger = kafka, (verdicts, dead_letters), ledger

    def read_all(self, seconds: float) -> None:
        """Drop what the ledger has of outcomes, and read them all again with a fresh consumer.

        Raises:
            DemoError: if the end of the topics is not reached in time.
        """
        self._ledger.forget_outcomes()
        deadline = time.monotonic() + seconds
        with closing(self._consumer()) as consumer:
            ends = consumer.end_offsets(consumer.assignment())
            while any(consumer.position(partition) < end for partition, end in ends.items()):
                if time.monotonic() > deadline:
                    raise DemoError(f"expected to read all outcomes within {seconds:.0f} s, found an end out of reach")
                self._take(consumer)

    def _run(self) -> None:
        with closing(self._consumer()) as consumer:
            while not self._ended.is_set():
                self._take(consumer)

    def _take(self, consumer: KafkaConsumer) -> None:
        for partition, records in consumer.poll(timeout_ms=POLL_MS, max_records=2000).items():
            for record in records:
                if partition.topic == self._topics[0]:
                    self._take_verdict(record)
                else:
                    self._take_dead_letter(record)

    def _take_verdict(self, record: Any) -> None:
        headers = dict(record.headers)
        partition, offset = headers["ce_id"].decode().split("/")[-2:]
        kind = Kind.PASS if b'"decision":"pass"' in record.value else Kind.ANOMALY
        self._ledger.find(number_of(record.key), kind, int(partition), int(offset))

    def _take_dead_letter(self, record: Any) -> None:
        headers = dict(record.headers)
        partition, offset = int(headers["source_partition"]), int(headers["source_offset"])
        self._ledger.find(number_of(record.key), Kind.DEAD_LETTER, partition, offset)

    def _consumer(self) -> KafkaConsumer:
        while True:
            try:
                consumer = KafkaConsumer(
                    bootstrap_servers=self._kafka.split(","),
                    group_id=None,
                    isolation_level="read_committed",
                    auto_offset_reset="earliest",
                    reconnect_backoff_max_ms=500,
                )
                consumer.assign(list(self._partitions(consumer)))
            except KafkaError:
                if self._ended.wait(0.5):
                    raise
            else:
                return consumer

    def _partitions(self, consumer: KafkaConsumer) -> Iterable[TopicPartition]:
        for topic in self._topics:
            for partition in consumer.partitions_for_topic(topic) or ():
                yield TopicPartition(topic, partition)
