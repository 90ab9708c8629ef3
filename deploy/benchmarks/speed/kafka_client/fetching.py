"""`python -m deploy.benchmarks.speed.kafka_client.fetching`: read images from a topic, and count what that takes.

Prints a line once it is ready, and its figures as JSON.
"""

import argparse
import json
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from statistics import median

from kafka import KafkaConsumer, TopicPartition

from deploy.benchmarks.speed.kafka_client.variant import Variant
from deploy.benchmarks.speed.kafka_client.worker import cpu_seconds, peak_bytes

SENT = "sent"
"""Header with the time at which an image was sent, in nanoseconds."""
AT_ONCE = 64
"""Most images of a poll, as many as the service has in flight."""
WAIT_MS = 200
PATIENCE = 120.0


@dataclass(frozen=True)
class Fetched:
    """What some images took: processor time of the client's process, and its most memory."""

    images: int
    seconds: float
    cpu_seconds: float
    peak_bytes: int
    p50_ms: float
    """From sent to polled; meaningless for a backlog."""


def fetch(consumer: KafkaConsumer, images: int) -> Fetched:
    """Poll so many images.

    All count, from the first request on: a client that fetches much at once has done much before it gives the first.

    Raises:
        TimeoutError: if they do not come.
    """
    began, used, deadline = time.perf_counter(), cpu_seconds(), time.monotonic() + PATIENCE
    waited: list[float] = []
    while len(waited) < images:
        polled = consumer.poll(timeout_ms=WAIT_MS, max_records=AT_ONCE)
        now = time.time_ns()
        waited += [(now - int(dict(record.headers)[SENT])) / 1e6 for some in polled.values() for record in some]
        if time.monotonic() > deadline:
            raise TimeoutError(f"expected {images} images within {PATIENCE:g} s, found {len(waited)}")
    return Fetched(len(waited), time.perf_counter() - began, cpu_seconds() - used, peak_bytes(), median(waited))


def main() -> None:
    """Fetch as the command line says."""
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__)
    parser.add_argument("--from-end", action="store_true", help="only what is sent from now on")
    parser.add_argument("variant", type=Variant.parse)
    parser.add_argument("servers")
    parser.add_argument("topic")
    parser.add_argument("images", type=int)
    asked = parser.parse_args()
    with closing(asked.variant.consumer(asked.servers)) as consumer:
        partitions = [TopicPartition(asked.topic, each) for each in consumer.partitions_for_topic(asked.topic)]
        consumer.assign(partitions)
        (consumer.seek_to_end if asked.from_end else consumer.seek_to_beginning)(*partitions)
        for partition in partitions:
            consumer.position(partition)  # seeks are lazy
        print("ready", flush=True)
        print(json.dumps(asdict(fetch(consumer, asked.images))))


if __name__ == "__main__":
    main()
