"""The measurements: variants of the client in turn, on a broker of its own; medians over rounds."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import NewTopic

from deploy.benchmarks.speed.kafka_client import fetching, publishing
from deploy.benchmarks.speed.kafka_client.worker import measured
from deploy.devtools.broker.install import fetch
from deploy.devtools.broker.local import LocalKafka
from training.progress import Progress

Figures = dict[str, Any]

PARTITIONS = 4
MEBIBYTE = 1 << 20
LARGEST_RECORD = 32 << 20
MOST_A_SECOND = 100
PACED_BYTES = 50e6
"""A second, of images that come evenly: larger ones than 500 kB come less often, so that the machine keeps up."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured, and for how long; whole, it ends in a few minutes."""

    sizes: Sequence[int] = (50_000, 200_000, 1_000_000, 4_000_000)
    outcomes: Sequence[int] = (1, 8, 32)
    rounds: int = 3
    backlog_bytes: int = 128_000_000
    paced_seconds: float = 3.0
    transactions: int = 60

    @classmethod
    def short(cls) -> "Plan":
        """Seconds in all, and figures that mean nothing."""
        return cls((50_000, 200_000), (1, 8), rounds=1, backlog_bytes=4_000_000, paced_seconds=0.3, transactions=5)


def measure(variants: Sequence[str], work: Path, plan: Plan) -> Figures:
    """The figures of each variant, by size and by number of outcomes; `work` is a folder for the broker."""
    steps = len(plan.sizes) + 1
    with LocalKafka(fetch(), work / "kafka") as kafka, Progress().steps("bench-kafka", steps) as step:
        line = _Line(kafka.bootstrap_servers, plan)
        sizes = {}
        for size in plan.sizes:
            sizes[size] = line.fetching(size, variants)
            step(f"images of {size / 1000:.0f} kB")
        transactions = line.publishing(variants)
        step("transactions")
    return {"fetching": sizes, "publishing": transactions}


class _Line:
    """A broker's topics of images, and the processes that read and write them."""

    def __init__(self, servers: str, plan: Plan) -> None:
        self._servers = servers
        self._plan = plan

    def fetching(self, size: int, variants: Sequence[str]) -> dict[str, Figures]:
        """What fetching images of so many bytes takes: a backlog, and at a steady rate; by variant."""
        backlog, paced = f"backlog-{size}", f"paced-{size}"
        self._create(backlog, paced)
        images = max(fetching.AT_ONCE, self._plan.backlog_bytes // size)
        self._send(backlog, size, images)
        rate = min(MOST_A_SECOND, PACED_BYTES / size)
        evenly = max(10, round(rate * self._plan.paced_seconds))
        rounds = [
            {
                each: (
                    measured(fetching.__name__, [each, self._servers, backlog, images]),
                    measured(
                        fetching.__name__,
                        ["--from-end", each, self._servers, paced, evenly],
                        partial(self._send, paced, size, evenly, rate),
                    ),
                )
                for each in variants
            }
            for _ in range(self._plan.rounds)
        ]
        return {each: _fetched([one[each] for one in rounds], size) for each in variants}

    def publishing(self, variants: Sequence[str]) -> dict[str, Figures]:
        """What transactions take, by variant and number of outcomes."""
        self._create("images", "verdicts")
        arguments = [self._servers, "images", "verdicts", self._plan.transactions, *self._plan.outcomes]
        rounds = [
            {each: measured(publishing.__name__, [each, *arguments]) for each in variants}
            for _ in range(self._plan.rounds)
        ]
        return {each: _medians([one[each] for one in rounds]) for each in variants}

    def _create(self, *topics: str) -> None:
        with closing(KafkaAdminClient(bootstrap_servers=self._servers)) as admin:
            admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in topics])

    def _send(self, topic: str, size: int, images: int, rate: float = 0.0) -> None:
        """Send images of random bytes, as JPEGs are for any codec; at `rate` a second, or at once."""
        content = random.Random(size).randbytes(size)  # noqa: S311 - no secret
        producer = KafkaProducer(bootstrap_servers=self._servers, linger_ms=0, max_request_size=LARGEST_RECORD)
        with closing(producer):
            began = time.perf_counter()
            for number in range(images):
                if rate:
                    time.sleep(max(0.0, began + number / rate - time.perf_counter()))
                sent = [(fetching.SENT, str(time.time_ns()).encode())]
                producer.send(topic, content, headers=sent, partition=number % PARTITIONS)
            producer.flush()


def _fetched(rounds: Sequence[tuple[Figures, Figures]], size: int) -> Figures:
    def middle(which: int, value: Callable[[Figures], float]) -> float:
        return median(value(each[which]) for each in rounds)

    per_image = middle(0, lambda each: each["cpu_seconds"] / each["images"])
    return {
        "images_per_second": middle(0, lambda each: each["images"] / each["seconds"]),
        "mb_per_second": middle(0, lambda each: size * each["images"] / each["seconds"] / 1e6),
        "cpu_ms": 1000 * per_image,
        "cpu_ms_per_mb": 1e9 * per_image / size,
        "peak_mb": middle(0, lambda each: each["peak_bytes"] / MEBIBYTE),
        "paced_cpu_ms": middle(1, lambda each: 1000 * each["cpu_seconds"] / each["images"]),
        "paced_p50_ms": middle(1, lambda each: each["p50_ms"]),
    }


def _medians(rounds: Sequence[Mapping[str, Mapping[str, float]]]) -> dict[str, dict[str, float]]:
    return {
        outcomes: {name: median(each[outcomes][name] for each in rounds) for name in figures}
        for outcomes, figures in rounds[0].items()
    }
