"""`linewatch follow` as a process of its own, and verdicts written for it to a topic of a test."""

import os
import signal
import subprocess
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self

from kafka import KafkaProducer

from service.record.messages import VerdictMessage
from tests.support.broker import Topics
from tests.support.reviewing import verdict
from tests.support.service import LINEWATCH, PATIENCE_SECONDS, wait_until


def write_verdicts(kafka: str, topic: str, verdicts: Iterable[VerdictMessage], *, commit: bool = True) -> None:
    """Write verdicts by their part ids, in one transaction as the service does; or abort it."""
    with closing(KafkaProducer(bootstrap_servers=kafka, transactional_id=f"writer-of-{topic}")) as producer:
        producer.init_transactions()
        producer.begin_transaction()
        for each in verdicts:
            producer.send(topic, each.value(), key=each.part_id.encode(), headers=each.headers())
        producer.flush()
        (producer.commit_transaction if commit else producer.abort_transaction)()


def verdicts_of(parts: Mapping[str, int], decision: str = "anomaly", **changes: object) -> list[VerdictMessage]:
    """As many verdicts of each part as are asked for, numbered by `source.offset`, part by part in turn."""
    turns = [part for turn in range(max(parts.values())) for part, number in parts.items() if turn < number]
    return [verdict(number, decision, part_id=part, **changes) for number, part in enumerate(turns)]


class Following:
    """`linewatch follow` with some flags; its standard output and its log are files."""

    def __init__(self, kafka: str, topics: Topics, folder: Path, *flags: str, **settings: str) -> None:
        self.output, self.log = folder / "follow.out", folder / "follow.log"
        self._flags = flags
        self._environment = {
            **os.environ,
            "LINEWATCH_BOOTSTRAP_SERVERS": kafka,
            "LINEWATCH_VERDICTS_TOPIC": topics.verdicts,
            **{f"LINEWATCH_{name.upper()}": value for name, value in settings.items()},
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        with self.output.open("ab") as output, self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [LINEWATCH, "follow", *self._flags], env=self._environment, stdout=output, stderr=log
            )
        return self

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def lines(self) -> list[str]:
        """What it printed so far, whole lines alone."""
        return self.output.read_text().split("\n")[:-1]

    def until_lines(self, number: int) -> list[str]:
        wait_until(lambda: len(self.lines()) >= number, f"{number} lines", lambda: (self.lines(), self.logged()))
        return self.lines()

    def logged(self) -> str:
        return self.log.read_text()

    def until_logged(self, text: str) -> None:
        wait_until(lambda: text in self.logged(), f"the log to say {text!r}", self.logged)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal; gives the exit status."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait()
