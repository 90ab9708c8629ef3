"""From an image that the broker has appended to a verdict that can be read, at a steady rate."""

import json
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from kafka import KafkaConsumer, TopicPartition

from deploy.benchmarks.speed.line import Line
from deploy.benchmarks.speed.plan import Plan
from deploy.devtools.background import Background
from deploy.devtools.waiting import wait_until
from service.settings.run import RunSettings

VERDICTS_TOPIC = str(RunSettings.model_fields["verdicts_topic"].default)
PATIENCE = {"seconds": 120.0, "pause": 0.05}
POLL_MS = 200
WARM_UP = 0.1
"""Share of the images that are not counted, the first ones."""


@dataclass(frozen=True)
class Latency:
    """Milliseconds at a steady rate."""

    images_per_second: float
    images: int
    p50: float
    p99: float


def measure_latency(line: Line, images_per_second: float, plan: Plan) -> Latency:
    """Send images evenly, as cameras do, and read their verdicts as committed ones alone.

    Sender and reader use the same cores as the service; what they take is not subtracted.

    Raises:
        DemoError: if not every image has its verdict in two minutes.
    """
    count = max(plan.latency_images, round(images_per_second * plan.latency_seconds))
    with _Reader(line.bootstrap_servers) as reader:
        wait_until(lambda: reader.follows, "a reader that follows the verdicts", **PATIENCE)
        _send_evenly(line, count, images_per_second)
        wait_until(lambda: len(reader.milliseconds) >= count, f"{count} verdicts", **PATIENCE)
    counted = reader.milliseconds[round(WARM_UP * count) :]
    p50, p99 = np.percentile(counted, (50, 99))
    return Latency(images_per_second, len(counted), float(p50), float(p99))


def _send_evenly(line: Line, count: int, images_per_second: float) -> None:
    began = time.perf_counter()
    for number in range(count):
        time.sleep(max(0.0, began + number / images_per_second - time.perf_counter()))
        line.send_one()


class _Reader(Background):
    """Milliseconds from append to here of each verdict, in the order in which they come."""

    def __init__(self, kafka: str) -> None:
        super().__init__("verdicts")
        self._kafka = kafka
        self.follows = False
        self.milliseconds: list[float] = []

    def _run(self) -> None:
        consumer = KafkaConsumer(
            bootstrap_servers=self._kafka, isolation_level="read_committed", enable_auto_commit=False
        )
        with closing(consumer):
            partitions = [
                TopicPartition(VERDICTS_TOPIC, each) for each in consumer.partitions_for_topic(VERDICTS_TOPIC)
            ]
            consumer.assign(partitions)
            consumer.seek_to_end(*partitions)
            for partition in partitions:
                consumer.position(partition)  # seeks are lazy: without this, what comes first could be missed
            self.follows = True
            while not self._ended.is_set():
                records = consumer.poll(timeout_ms=POLL_MS)
                now = time.time()
                self.milliseconds += [_milliseconds(each.value, now) for some in records.values() for each in some]


def _milliseconds(verdict: bytes, now: float) -> float:
    """Since `captured_at`: without a header of that name the record's timestamp, which the broker gave it."""
    return 1000 * (now - datetime.fromisoformat(json.loads(verdict)["captured_at"]).timestamp())
