"""A simulated line: sends images at a steady rate while it reads the answers."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from time import monotonic, time
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from deploy.demo.figures import DEAD_LETTER, VERDICT, Answer
from deploy.demo.images import LineImage

IMAGES, VERDICTS, DEAD_LETTERS = "inspection.images", "inspection.verdicts", "inspection.dead-letter"
LARGEST_RECORD = 32 * 2**20
PATIENCE_SECONDS = 30.0  # without any answer, while some are owed
EXTRA_SECONDS = 1.0

Progress = Callable[[int, Sequence[Answer]], None]
"""Called with the number of images sent so far and every answer so far."""


class Line:
    """Sends images as a camera does, and reads verdicts and dead letters."""

    def __init__(self, producer: KafkaProducer, consumer: KafkaConsumer, stream: str) -> None:
        self._producer = producer
        self._consumer = consumer
        self._stream = stream

    def run(self, images: Sequence[LineImage], rate: float, progress: Progress) -> list[Answer]:
        """Send the images at `rate` a second; the answers.

        Ends when each image has one, or when none has come for PATIENCE_SECONDS.
        """
        answers: list[Answer] = []
        started = monotonic()
        for number, image in enumerate(images):
            self._read_until(started + number / rate, answers)
            self._send(image)
            progress(number + 1, answers)
        self._producer.flush()
        owed = {image.part_id for image in images} - {answer.part_id for answer in answers}
        deadline = monotonic() + PATIENCE_SECONDS
        while owed and monotonic() < deadline:
            news = self._poll(0.2)
            if news:
                deadline = monotonic() + PATIENCE_SECONDS
            answers += news
            owed -= {answer.part_id for answer in news}
            progress(len(images), answers)
        return answers

    def late_answers(self) -> list[Answer]:
        """Answers after `run` has ended: second ones, or those that came too late."""
        late: list[Answer] = []
        self._read_until(monotonic() + EXTRA_SECONDS, late)
        return late

    def _read_until(self, due: float, answers: list[Answer]) -> None:
        while (left := due - monotonic()) > 0:
            answers += self._poll(left)

    def _send(self, image: LineImage) -> None:
        captured_at = datetime.now(UTC).isoformat()
        self._producer.send(
            IMAGES,
            key=image.part_id.encode(),
            value=image.path.read_bytes(),
            headers=[("stream", self._stream.encode()), ("captured_at", captured_at.encode())],
        )

    def _poll(self, seconds: float) -> list[Answer]:
        batches = self._consumer.poll(timeout_ms=max(1, int(1000 * seconds)))
        now = time()
        return [_answer(record, now) for records in batches.values() for record in records]


@contextmanager
def open_line(bootstrap_servers: str, stream: str) -> Iterator[Line]:
    """Connect to the topics; the reader starts at their present end and reads committed records only."""
    producer = KafkaProducer(
        bootstrap_servers=bootstrap_servers, acks="all", linger_ms=0, max_request_size=LARGEST_RECORD
    )
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap_servers,
        isolation_level="read_committed",
        enable_auto_commit=False,
        fetch_max_bytes=2 * LARGEST_RECORD,
        max_partition_fetch_bytes=LARGEST_RECORD,
    )
    with closing(producer), closing(consumer):
        partitions = [
            TopicPartition(topic, partition)
            for topic in (VERDICTS, DEAD_LETTERS)
            for partition in consumer.partitions_for_topic(topic) or ()
        ]
        consumer.assign(partitions)
        consumer.seek_to_end(*partitions)
        for partition in partitions:
            consumer.position(partition)  # seeks are lazy: without this, what is sent first could be missed
        yield Line(producer, consumer, stream)


def _answer(record: Any, received: float) -> Answer:
    part_id = (record.key or b"").decode()
    if record.topic == DEAD_LETTERS:
        captured_at = dict(record.headers).get("captured_at", b"").decode()
        return Answer(part_id, DEAD_LETTER, _seconds_since(captured_at, received))
    verdict = json.loads(record.value)
    challenger = verdict.get("challenger")
    return Answer(
        part_id,
        VERDICT,
        _seconds_since(verdict["captured_at"], received),
        score=float(verdict["score"]),
        flagged=verdict["decision"] == "anomaly",
        asked=verdict["decision"] != "pass" or verdict.get("audit", False),
        to_review=verdict["decision"] == "review",
        challenger_flags=challenger and challenger["decision"] == "anomaly",
    )


def _seconds_since(captured_at: str, received: float) -> float:
    return received - datetime.fromisoformat(captured_at).timestamp() if captured_at else 0.0
