"""Images sent to a service over a real broker, and the verdicts and dead letters that come back."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType

from deploy.devtools.broker.local import LocalKafka
from service.record.messages import Headers, VerdictMessage
from tests.support.broker import MakeTopics, Topics
from tests.support.bundles import part, png, write_bundle
from tests.support.service import PATIENCE_SECONDS, Service, wait_until


@dataclass
class Outcomes:
    """Verdicts and dead letters, committed records only."""

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
    """One test's topics on the broker: send images, read what comes out."""

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

    def set_largest_message(self, topic: str, size: int) -> None:
        """Set `max.message.bytes` of a topic, and see it in force."""
        limit = {"max.message.bytes": str(size)}
        resource = ConfigResource(ConfigResourceType.TOPIC, topic, limit)
        with closing(KafkaAdminClient(bootstrap_servers=self.kafka)) as admin:
            admin.alter_configs([resource])
            wait_until(lambda: f"'{size}'" in str(admin.describe_configs([resource])), f"{limit} on {topic}")

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
    """One for the whole test run; tests only read from it."""
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
