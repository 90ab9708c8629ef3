"""`python -m deploy.benchmarks.speed.kafka_client.publishing`: publish verdicts in transactions, as the service does.

Prints a line once it is ready, and its figures as JSON, for each number of verdicts in a transaction.
"""

import argparse
import json
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from statistics import median

from kafka import KafkaProducer, TopicPartition
from kafka.structs import ConsumerGroupMetadata, OffsetAndMetadata

from deploy.benchmarks.speed.kafka_client.variant import GROUP, Variant
from deploy.benchmarks.speed.kafka_client.worker import cpu_seconds

VERDICT_BYTES = 600
"""Of a part that passes."""
HEADERS = [(f"ce_{number}", b"1.0 or a time") for number in range(7)]
WARM_UPS = 5


@dataclass(frozen=True)
class Published:
    """What transactions took; processor time is that of the client's process, for each of the verdicts."""

    p50_ms: float
    cpu_ms: float


def publish(producer: KafkaProducer, topics: tuple[str, str], outcomes: int, transactions: int) -> Published:
    """Make transactions of so many verdicts and the offsets of their images' partition.

    Args:
        producer: a transactional one, initialised.
        topics: the images', whose offsets are committed, and the verdicts'.
        outcomes: verdicts of a transaction.
        transactions: how many, besides some that are not counted.
    """
    images, verdicts = topics
    group = ConsumerGroupMetadata(GROUP, -1, "", None)

    def transaction(number: int) -> float:
        began = time.perf_counter()
        producer.begin_transaction()
        sent = [
            producer.send(verdicts, b"v" * VERDICT_BYTES, key=f"part-{each}".encode(), headers=HEADERS)
            for each in range(outcomes)
        ]
        producer.flush()
        for each in sent:
            each.get(timeout=0)
        offsets = {TopicPartition(images, 0): OffsetAndMetadata(number + 1, "", -1)}
        producer.send_offsets_to_transaction(offsets, group)
        producer.commit_transaction()
        return time.perf_counter() - began

    for number in range(WARM_UPS):
        transaction(number)
    used = cpu_seconds()
    seconds = [transaction(number) for number in range(transactions)]
    return Published(1000 * median(seconds), 1000 * (cpu_seconds() - used) / (transactions * outcomes))


def main() -> None:
    """Publish as the command line says."""
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__)
    parser.add_argument("variant", type=Variant.parse)
    parser.add_argument("servers")
    parser.add_argument("images", help="topic whose offsets are committed")
    parser.add_argument("verdicts", help="topic to publish on")
    parser.add_argument("transactions", type=int)
    parser.add_argument("outcomes", type=int, nargs="+", help="of a transaction")
    asked = parser.parse_args()
    with closing(asked.variant.producer(asked.servers, f"{GROUP}-transactions")) as producer:
        producer.init_transactions()
        print("ready", flush=True)
        topics = asked.images, asked.verdicts
        found = {each: asdict(publish(producer, topics, each, asked.transactions)) for each in asked.outcomes}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
