"""`linewatch send` as a process of its own, and what it brought onto the topic."""

import os
import signal
import subprocess
import urllib.request
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any, Self
from urllib.error import URLError

from kafka import KafkaConsumer

from deploy.devtools.ports import free_port
from service.send.app import Summary, send
from service.send.capture_times import capture_time_rule
from service.send.part_ids import part_id_rule
from service.send.request import SendRequest, journal_path
from service.settings.scoring import ServiceSettings
from tests.support.bundles import part, png
from tests.support.service import LINEWATCH, PATIENCE_SECONDS, wait_until

STREAM = "left-camera"


def image(number: int) -> bytes:
    """An image that no other number has."""
    return png(part(20 + number % 200, seed=number))


def send_environment(kafka: str, topic: str) -> dict[str, str]:
    """Of the tests, with the broker and the topic of images."""
    return {**os.environ, "LINEWATCH_BOOTSTRAP_SERVERS": kafka, "LINEWATCH_IMAGES_TOPIC": topic}


def send_once(environment: Mapping[str, str], *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    command = [str(LINEWATCH), "send", "--stream", STREAM, *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)


def send_here(kafka: str, topic: str, *paths: Path, **options: Any) -> Summary:
    """What the command does, within this process; `options` are those of `SendRequest` that are not the default."""
    chosen: dict[str, Any] = {
        "paths": paths,
        "stream": STREAM,
        "part_id": part_id_rule("stem"),
        "capture_time": capture_time_rule("mtime", None),
        "mode": "keep",
        "move_to": None,
        "rejected_to": None,
        "journal": journal_path(paths, STREAM, None),
        "watch": False,
        "rate": None,
        "settle_seconds": 0.0,
        "patience_seconds": 0.0,
        "poll_seconds": 0.1,
        "http_host": "127.0.0.1",
        "http_port": None,
    }
    settings = ServiceSettings(bootstrap_servers=kafka, images_topic=topic)
    return send(SendRequest(**chosen | options), settings, StringIO())


class Sending:
    """`linewatch send --watch`, killed when the context ends."""

    def __init__(self, environment: Mapping[str, str], log: Path, *arguments: object) -> None:
        self.port = free_port()
        self._environment = environment
        self._log = log
        fast = ("--poll", "0.1", "--settle", "0.3", "--http-port", self.port)
        self._command = [str(LINEWATCH), "send", "--stream", STREAM, "--watch", *map(str, (*fast, *arguments))]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, env=dict(self._environment), stdout=log, stderr=log)
        return self

    def kill(self) -> None:
        """As a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """SIGTERM, and the exit status."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(PATIENCE_SECONDS)

    def sample(self, name: str) -> float | None:
        """A metric of the stream; None while there are none."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as answer:
                lines = answer.read().decode().splitlines()
        except (URLError, OSError):
            return None
        return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name}{{")), None)

    def until(self, name: str, value: float) -> None:
        """Wait until a metric is at least this."""
        wait_until(lambda: self._at_least(name, value), f"{name} >= {value}", lambda: self._log.read_text()[-3000:])

    def _at_least(self, name: str, value: float) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text()[-3000:]
        found = self.sample(name)
        return found is not None and found >= value

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.kill()


@dataclass(frozen=True)
class Sent:
    """A record on the topic."""

    key: str
    value: bytes
    headers: dict[str, str]


@dataclass(frozen=True)
class Count:
    """Files against records."""

    sent: int
    on_the_topic: int
    doubled: int
    lost: int

    def __str__(self) -> str:
        return f"sent {self.sent}, on the topic {self.on_the_topic}, doubled {self.doubled}, lost {self.lost}"


def read_topic(kafka: str, topic: str) -> list[Sent]:
    """All committed records of a topic, partition by partition."""
    options = {"auto_offset_reset": "earliest", "isolation_level": "read_committed"}
    found = list[Sent]()
    with closing(KafkaConsumer(topic, bootstrap_servers=kafka, **options)) as reader:

        def is_read() -> bool:
            for records in reader.poll(timeout_ms=200).values():
                found.extend(_sent(record) for record in records)
            partitions = reader.assignment()
            ends = reader.end_offsets(partitions) if partitions else {}
            return bool(ends) and all(reader.position(each) >= end for each, end in ends.items())

        wait_until(is_read, "the end of the topic")
    return found


def count(images: Sequence[bytes], records: Sequence[Sent]) -> Count:
    """How often each image is on the topic, by its bytes."""
    found = Counter(record.value for record in records)
    return Count(
        sent=len(images),
        on_the_topic=len(records),
        doubled=sum(number - 1 for number in found.values()),
        lost=len(set(images) - set(found)),
    )


def _sent(record: object) -> Sent:
    headers = {name: value.decode() for name, value in record.headers}  # type: ignore[attr-defined]
    return Sent(record.key.decode(errors="backslashreplace"), record.value, headers)  # type: ignore[attr-defined]
