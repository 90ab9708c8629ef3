"""Running the real service in tests, and what it takes to talk to it."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self
from urllib.error import URLError

import numpy as np
import pytest
from kafka import KafkaConsumer, KafkaProducer

from deploy.devtools.broker.local import LocalKafka
from deploy.devtools.ports import free_port
from service.record.messages import Headers, VerdictMessage
from service.status import Anomaly
from tests.support.broker import MakeTopics, Topics
from tests.support.bundles import SIDE, part, png, write_bundle

LINEWATCH = Path(sys.executable).with_name("linewatch")
WITHOUT_TENSORFLOW = Path(__file__).with_name("without_tensorflow")
PATIENCE_SECONDS = 120.0
"""Long enough for a loaded machine: a test fails by this only when something will never happen."""


def wait_until(happened: Callable[[], bool], what: str, found: Callable[[], object] | None = None) -> None:
    """Poll a condition; fail the test if it never comes true, and say what was found in its place."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        if time.monotonic() > deadline:
            pytest.fail(f"expected {what} within {PATIENCE_SECONDS:.0f} s{f', found {found()}' if found else ''}")
        time.sleep(0.02)


class Service:
    """`linewatch run` in a process of its own, with no TensorFlow importable."""

    command = "run"

    def __init__(self, kafka: str, store: Path, topics: Topics, log: Path, **settings: object) -> None:
        self.port = free_port()
        self._log = log
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(WITHOUT_TENSORFLOW),
            "PYTHONFAULTHANDLER": "1",
            "LINEWATCH_BOOTSTRAP_SERVERS": kafka,
            "LINEWATCH_STORE": str(store),
            "LINEWATCH_GROUP": f"group-{topics.images}",
            "LINEWATCH_IMAGES_TOPIC": topics.images,
            "LINEWATCH_VERDICTS_TOPIC": topics.verdicts,
            "LINEWATCH_DEAD_LETTER_TOPIC": topics.dead_letter,
            "LINEWATCH_REVIEWS_TOPIC": topics.reviews,
            "LINEWATCH_HTTP_HOST": "127.0.0.1",
            "LINEWATCH_HTTP_PORT": str(self.port),
            "LINEWATCH_LOG_FORMAT": "json",
            "LINEWATCH_RELOAD_SECONDS": "0.1",
            **{f"LINEWATCH_{name.upper()}": str(value) for name, value in settings.items()},
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen([LINEWATCH, self.command], env=self.environment, stdout=log, stderr=log)
        return self

    def until_ready(self) -> Self:
        wait_until(self._ready, f"the service to get ready; its log: {self._log}")
        return self

    def get(self, path: str, **headers: str) -> bytes:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            body: bytes = answer.read()
        return body

    def sample(self, name: str, **labels: str) -> float:
        """The value of one series on /metrics, 0 if it is not there."""
        wanted = {f'{key}="{value}"' for key, value in labels.items()}
        for line in self.get("/metrics").decode().splitlines():
            series, _, value = line.rpartition(" ")
            found_name, _, found_labels = series.partition("{")
            if found_name == name and wanted <= set(found_labels.rstrip("}").split(",")):
                return float(value)
        return 0.0

    def events(self) -> list[dict[str, Any]]:
        """The log lines so far."""
        return [json.loads(line) for line in self._log.read_text().splitlines() if line.startswith("{")]

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def wait(self) -> int:
        assert self._process is not None
        return self._process.wait(PATIENCE_SECONDS)

    def stop(self) -> int:
        """SIGTERM, and the exit status."""
        self.send(signal.SIGTERM)
        return self.wait()

    def lasts_until(self, happened: Callable[[], bool]) -> bool:
        """Wait for a condition; False if the process ended first."""
        process = self._process
        assert process is not None

        def settled() -> bool:
            try:
                return process.poll() is not None or happened()
            except OSError:  # it ends just now: the pages are gone before the process is
                return False

        wait_until(settled, "the service to get there or to end")
        return process.poll() is None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        assert self._process is not None
        if kind is not None and self._process.poll() is None:
            # Something did not happen: SIGABRT has Python write where each thread stands into the log.
            said = self._log.read_text()
            self._process.send_signal(signal.SIGABRT)
            self._process.wait()
            stands = self._log.read_text()[len(said) :]
            sys.stderr.write(f"{self._log}:\n{_once_each(said)[-6000:]}\n...\n{stands[-6000:]}\n")
        self._process.kill()
        self._process.wait()

    def _ready(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            pytest.fail(f"the service ended with status {self._process.returncode}: {self._log.read_text()[-2000:]}")
        try:
            self.get("/ready")
        except (URLError, OSError):
            return False
        return True


def _once_each(said: str) -> str:
    """Log lines without those that say again what an earlier one said: a fault repeats itself ten times a second."""
    seen: dict[str, str] = {}
    for line in said.splitlines():
        seen.setdefault(line.split('"timestamp"')[0], line)
    return "\n".join(seen.values())


@dataclass
class Outcomes:
    """What came out, read as a reader should: committed records only."""

    verdicts: list[VerdictMessage] = field(default_factory=list)
    dead_letters: list[tuple[dict[str, bytes], bytes]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.verdicts) + len(self.dead_letters)

    def sources(self) -> Counter[str]:
        """How often each image was accounted for."""
        dead = (
            "/".join(headers[f"source_{part}"].decode() for part in ("topic", "partition", "offset"))
            for headers, _ in self.dead_letters
        )
        return Counter([*(str(verdict.source) for verdict in self.verdicts), *dead])


class Line:
    """One test's topics on the broker: send images, see what comes out."""

    def __init__(self, kafka: str, topics: Topics) -> None:
        self.kafka = kafka
        self.topics = topics

    def send(self, images: Mapping[str, bytes] | Sequence[tuple[str | None, bytes, Headers]]) -> None:
        """Send images by part id, or (part id, bytes, headers)."""
        records = [(key, value, []) for key, value in images.items()] if isinstance(images, Mapping) else images
        with closing(KafkaProducer(bootstrap_servers=self.kafka, max_request_size=1 << 24)) as producer:
            sent = [
                producer.send(
                    self.topics.images, value, key=None if key is None else key.encode(), headers=list(headers)
                )
                for key, value, headers in records
            ]
            for each in sent:
                each.get(PATIENCE_SECONDS)

    def outcomes(self, number: int) -> Outcomes:
        """Everything committed, from the beginning, once there are `number` records; never stops short of the end."""
        found = Outcomes()
        with closing(self._reader()) as reader:
            wait_until(
                lambda: self._read(reader, found) and len(found) >= number,
                f"{number} outcomes on {self.topics}",
                lambda: f"{found.sources()}, read up to {[reader.position(p) for p in reader.assignment()]}",
            )
            ends = reader.end_offsets(reader.assignment())
            wait_until(
                lambda: self._read(reader, found) and all(reader.position(p) >= end for p, end in ends.items()),
                "the end of the topics",
            )
        return found

    def _reader(self) -> KafkaConsumer:
        return KafkaConsumer(
            self.topics.verdicts,
            self.topics.dead_letter,
            bootstrap_servers=self.kafka,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
        )

    def _read(self, reader: KafkaConsumer, found: Outcomes) -> bool:
        for partition, records in reader.poll(timeout_ms=100).items():
            for record in records:
                if partition.topic == self.topics.verdicts:
                    found.verdicts.append(VerdictMessage.model_validate_json(record.value))
                else:
                    found.dead_letters.append((dict(record.headers), record.value))
        return True


@pytest.fixture
def line(kafka: LocalKafka, topics: Topics) -> Line:
    """Topics of four partitions, with nothing on them."""
    return Line(kafka.bootstrap_servers, topics)


@dataclass(frozen=True)
class RunningLine:
    """A service that has scored normals, anomalies and dead letters of one stream, and goes on running."""

    service: Service
    line: Line
    sent: Mapping[str, int]

    @property
    def metrics_url(self) -> str:
        """host:port to scrape."""
        return f"127.0.0.1:{self.service.port}"


@pytest.fixture(scope="session")
def running_line(
    kafka: LocalKafka, make_topics: MakeTopics, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningLine]:
    """One for the whole test run; tests only look at it."""
    folder = tmp_path_factory.mktemp("running-line")
    write_bundle(folder / "store", "left-camera")
    line = Line(kafka.bootstrap_servers, make_topics())
    stream: Headers = [("stream", b"left-camera")]
    normals = [(f"good-{i}", png(part(20 + i, seed=i)), stream) for i in range(80)]
    anomalies = [(f"bad-{i}", png(part(60, 200 + i, seed=i)), stream) for i in range(15)]
    poison = [("cut-off", png(part(60))[:40], stream), ("empty", b"", stream)]
    with Service(kafka.bootstrap_servers, folder / "store", line.topics, folder / "service.log") as service:
        service.until_ready()
        line.send([*normals, *anomalies, *poison])
        line.outcomes(len(normals) + len(anomalies) + len(poison))
        sent = {"pass": len(normals), "anomaly": len(anomalies), "dead_letter": len(poison)}
        wait_until(lambda: service.sample("linewatch_batch_images_sum") == sum(sent.values()), "the batches counted")
        yield RunningLine(service, line, sent)


def anomaly(name: str, part_id: str = "p") -> Anomaly:
    """An anomaly as the status page gets it."""
    spot = np.zeros((SIDE, SIDE), np.float32)
    spot[4:8, 4:8] = 0.9
    return Anomaly(
        id=name,
        part_id=part_id,
        stream="default",
        captured_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        error_ratio=1.8,
        p_value=0.01,
        bundle="b",
        pixels=part(60),
        anomaly_map=spot,
        pixel_threshold=0.5,
    )
