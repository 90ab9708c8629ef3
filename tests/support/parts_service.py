"""`linewatch parts` as a process of its own, and the part verdicts that come out of it."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from kafka import KafkaConsumer, KafkaProducer

from service.record.messages import VerdictMessage
from service.record.part_verdicts import PartVerdict
from tests.support.broker import Topics
from tests.support.service import PATIENCE_SECONDS, Service, wait_until
from tests.support.views import VIEWS


def group_of(topics: Topics) -> str:
    """The consumer group of a test's part verdicts."""
    return f"parts-{topics.verdicts}"


class PartsService(Service):
    """`linewatch parts` in a process of its own."""

    def __init__(
        self,
        kafka: str,
        topics: Topics,
        log: Path,
        *flags: str,
        views: Sequence[str] = VIEWS,
        timeout: str = "10m",
        **settings: object,
    ) -> None:
        super().__init__(kafka, log.parent, topics, log, **settings)
        given = ("--views", ",".join(views), "--timeout", timeout, "--group", group_of(topics))
        self.command = ("parts", *given, "--http-port", str(self.port), *flags)


class Verdicts:
    """Verdicts sent to one test's topic, as `linewatch run` keys them."""

    def __init__(self, kafka: str, topics: Topics) -> None:
        self._kafka = kafka
        self._topics = topics

    def send(self, verdicts: Sequence[VerdictMessage]) -> None:
        with closing(KafkaProducer(bootstrap_servers=self._kafka)) as producer:
            sent = [
                producer.send(self._topics.verdicts, each.value(), key=each.part_id.encode(), headers=each.headers())
                for each in verdicts
            ]
            for future in sent:
                future.get(PATIENCE_SECONDS)

    def parts(self, number: int) -> list[PartVerdict]:
        """All part verdicts, once there are `number`; never stops short of the end."""
        found: list[PartVerdict] = []
        reader = KafkaConsumer(
            self._topics.parts,
            bootstrap_servers=self._kafka,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
        )

        def read() -> bool:
            for records in reader.poll(timeout_ms=100).values():
                for record in records:
                    part = PartVerdict.model_validate_json(record.value)
                    assert record.key == part.part_id.encode()
                    assert ("ce_id", str(part.source).encode()) in record.headers
                    found.append(part)
            return True

        with closing(reader):
            wait_until(lambda: read() and len(found) >= number, f"{number} part verdicts", lambda: len(found))
            ends = reader.end_offsets(reader.assignment())
            wait_until(lambda: read() and all(reader.position(p) >= end for p, end in ends.items()), "the end")
        return found
