"""The service as users run it, on a broker of its own: backlogs of images, and the processor time that they take."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import Any

import psutil
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition

from deploy.benchmarks.speed.bare_loop import Rate
from deploy.devtools.broker.install import fetch
from deploy.devtools.broker.local import LocalKafka
from deploy.devtools.commands import linewatch
from deploy.devtools.ports import free_port
from deploy.devtools.waiting import wait_until
from service.settings.run import RunSettings

Images = Sequence[tuple[str, bytes]]
"""The stream of each, and its bytes; sent again and again."""

IMAGES_TOPIC = str(RunSettings.model_fields["images_topic"].default)
GROUP = str(RunSettings.model_fields["group"].default)
PARTITIONS = 4
PATIENCE = {"seconds": 300.0, "pause": 0.05}
LARGEST_RECORD = 32 << 20
BROKER_SETTINGS: dict[str, Any] = {
    "log_message_timestamp_type": "LogAppendTime",  # what the latency of a verdict is counted from
    "log_retention_bytes": 1 << 29,  # of each partition: minutes of images need not lie on disk until the end
    "log_segment_bytes": 1 << 26,
    "log_retention_check_interval_ms": 30_000,
}


@dataclass(frozen=True)
class WorkedOff:
    """A backlog that was worked off: what the service took for it, and the broker's processor time."""

    service: Rate
    broker_cpu_seconds: float


class Line:
    """Replicas of the service that run, and whoever sends images to them."""

    def __init__(
        self,
        bootstrap_servers: str,
        producer: KafkaProducer,
        admin: KafkaAdminClient,
        images: Images,
        replicas: Sequence[psutil.Process],
        broker: psutil.Process,
    ) -> None:
        self.bootstrap_servers = bootstrap_servers
        self._producer, self._admin, self._images = producer, admin, images
        self._replicas, self._broker = replicas, broker
        self._numbers = count()

    def work_off(self, images: int) -> WorkedOff:
        """Send a backlog while the service is frozen, let it go, and wait until all is committed.

        Raises:
            DemoError: if it is not within five minutes.
        """
        expected = self._committed() + images
        with self._frozen():
            self.send(images)
            broker, service, began = _cpu_seconds(self._broker), self._service_cpu_seconds(), perf_counter()
        wait_until(lambda: self._committed() >= expected, "all images committed", **PATIENCE)
        rate = Rate(images, perf_counter() - began, self._service_cpu_seconds() - service)
        return WorkedOff(rate, _cpu_seconds(self._broker) - broker)

    def send(self, images: int) -> None:
        """Send so many images and wait until the broker has them."""
        for _ in range(images):
            self.send_one()
        self._producer.flush()

    def send_one(self) -> None:
        """Send the next image, to the next partition."""
        number = next(self._numbers)
        stream, image = self._images[number % len(self._images)]
        key, headers = f"part-{number:09}".encode(), [("stream", stream.encode())]
        self._producer.send(IMAGES_TOPIC, image, key, headers, partition=number % PARTITIONS)

    def resident_bytes(self) -> int:
        """Of the replicas and all their processes."""
        return sum(process.memory_info().rss for process in self._processes())

    def _processes(self) -> list[psutil.Process]:
        return [each for replica in self._replicas for each in replica.children(recursive=True)]

    @contextmanager
    def _frozen(self) -> Iterator[None]:
        processes = self._processes()
        for process in processes:
            process.suspend()
        yield
        for process in processes:
            process.resume()

    def _service_cpu_seconds(self) -> float:
        return sum(map(_cpu_seconds, self._replicas))

    def _committed(self) -> int:
        partitions = [TopicPartition(IMAGES_TOPIC, number) for number in range(PARTITIONS)]
        found = self._admin.list_group_offsets({GROUP: partitions})[GROUP]
        return sum(max(0, each.offset) for each in found.values())


@contextmanager
def running_line(store: Path, images: Images, work: Path, cores: Sequence[set[int]] = (set(),)) -> Iterator[Line]:
    """A broker, a replica of the service for each of `cores`, and clients, for as long as the context lasts.

    Args:
        store: folder of bundles.
        images: what is sent.
        work: folder for logs and the broker's data.
        cores: those that each replica may use; the broker may use those of all. An empty set stands for all there are.

    Raises:
        DemoError: if the service is not ready in time.
    """
    with ExitStack() as stack:
        with _on(set().union(*cores)), _new_child() as broker:
            kafka = stack.enter_context(LocalKafka(fetch(), work / "kafka", **BROKER_SETTINGS))
        servers = kafka.bootstrap_servers
        linewatch.create_topics(service_settings(store, servers))
        replicas = []
        for number, each in enumerate(cores):
            settings = service_settings(store, servers)
            with _on(each):
                log, url = work / f"service-{number}.log", f"http://127.0.0.1:{settings['LINEWATCH_HTTP_PORT']}"
                replicas.append(psutil.Process(stack.enter_context(linewatch.running(settings, log, url)).pid))
        producer = KafkaProducer(bootstrap_servers=servers, linger_ms=0, max_request_size=LARGEST_RECORD)
        admin = KafkaAdminClient(bootstrap_servers=servers)
        stack.enter_context(closing(producer))
        stack.enter_context(closing(admin))
        yield Line(servers, producer, admin, images, replicas, broker[0])


def service_settings(store: Path, servers: str) -> dict[str, str]:
    """All else is as the service comes; the port of its pages is a free one."""
    return {
        "LINEWATCH_BOOTSTRAP_SERVERS": servers,
        "LINEWATCH_STORE": str(store),
        "LINEWATCH_HTTP_HOST": "127.0.0.1",
        "LINEWATCH_HTTP_PORT": str(free_port()),
    }


@contextmanager
def _on(cores: set[int]) -> Iterator[None]:
    """Children that are started in the context may use these cores alone; an empty set changes nothing."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores or before)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def _new_child() -> Iterator[list[psutil.Process]]:
    """A list that holds the child which was started in the context, once it is left."""
    found: list[psutil.Process] = []
    before = set(psutil.Process().children())
    yield found
    found += set(psutil.Process().children()) - before


def _cpu_seconds(process: psutil.Process) -> float:
    """Of a process and all its descendants, those that have ended too."""
    return sum(sum(each.cpu_times()[:4]) for each in (process, *process.children(recursive=True)))
