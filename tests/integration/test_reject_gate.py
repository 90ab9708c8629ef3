"""The example of a reject gate with a real broker: only a good, committed verdict in time lets a part pass."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from kafka import KafkaProducer

from deploy.devtools.broker.local import LocalKafka
from deploy.devtools.paths import REPOSITORY
from service.record.messages import VerdictMessage
from tests.support.broker import Topics
from tests.support.following import write_verdicts
from tests.support.reviewing import verdict
from tests.support.service import PATIENCE_SECONDS, wait_until

pytestmark = pytest.mark.integration

TRAVEL_SECONDS = 10.0
GATE = REPOSITORY / "docs" / "examples" / "reject_gate.py"


class RunningGate:
    """The example as a process: lines of a sensor go in, what the gate does comes out."""

    def __init__(self, process: subprocess.Popen[str], output: Path, log: Path) -> None:
        self.process = process
        self._output, self._log = output, log

    def sense(self, part_id: str, captured_at: datetime) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{part_id} {captured_at.isoformat()}\n")
        self.process.stdin.flush()

    def logged(self) -> str:
        return self._log.read_text()

    def until_logged(self, text: str) -> None:
        wait_until(lambda: text in self._log.read_text(), f"{text!r} in the log", self._log.read_text)

    def acts(self, number: int) -> dict[str, str]:
        """Part -> what the gate did, once it did so many things."""
        wait_until(lambda: self._output.read_text().count("\n") >= number, f"{number} acts", self._log.read_text)
        lines = self._output.read_text().splitlines()
        assert len(lines) == number
        return {line.split(" ")[1].rstrip(":"): line for line in lines}


@contextmanager
def gate(brokers: str, topics: Topics, folder: Path) -> Iterator[RunningGate]:
    output, log = folder / "gate.out", folder / "gate.log"
    flags = ["--brokers", brokers, "--verdicts", topics.verdicts, "--dead-letters", topics.dead_letter]
    command = [sys.executable, str(GATE), *flags, "--travel-seconds", str(TRAVEL_SECONDS)]
    with (
        output.open("w") as out,
        log.open("w") as err,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=err, text=True) as process,
    ):
        try:
            yield RunningGate(process, output, log)
        finally:
            process.kill()


def test_only_what_is_good_in_time_passes(kafka: LocalKafka, topics: Topics, tmp_path: Path) -> None:
    servers = kafka.bootstrap_servers
    with gate(servers, topics, tmp_path) as running:
        running.until_logged(f"reading verdicts of {2 * topics.partitions} partitions")
        now = datetime.now(UTC)
        decisions = {"good": "pass", "bad": "anomaly", "doubtful": "review"}
        write_verdicts(servers, topics.verdicts, [said(*each, now) for each in decisions.items()])
        send_dead_letter(servers, topics.dead_letter, "dead", now)
        for part_id in (*decisions, "aborted", "dead", "missing"):
            running.sense(part_id, now)
        write_verdicts(servers, topics.verdicts, [said("aborted", "pass", now)], commit=False)
        acts = running.acts(6)
        write_verdicts(servers, topics.verdicts, [said("missing", "pass", now)])
        running.until_logged("so far): pass of part missing came after its deadline")
        running.process.terminate()
        assert running.process.wait(PATIENCE_SECONDS) == 0
        late = {part_id for part_id in acts if f"of part {part_id} came after" in running.logged()}
    in_time = {
        "good": "pass good",
        "bad": "reject bad: anomaly (default)",
        "doubtful": "reject doubtful: review (default)",
        "dead": "reject dead: dead letter (default)",
    }  # on a machine that keeps up
    assert acts == {
        part_id: in_time[part_id]
        if part_id in in_time and part_id not in late
        else f"reject {part_id}: no verdict in time (default)"
        for part_id in acts
    }


def said(part_id: str, decision: str, captured_at: datetime) -> VerdictMessage:
    return verdict(0, decision, part_id=part_id, captured_at=captured_at, scored_at=captured_at)


def send_dead_letter(servers: str, topic: str, part_id: str, captured_at: datetime) -> None:
    headers = [("reason", b"undecodable"), ("captured_at", captured_at.isoformat().encode())]
    with closing(KafkaProducer(bootstrap_servers=servers)) as producer:
        producer.send(topic, b"", key=part_id.encode(), headers=headers).get(timeout=60)


def test_without_brokers_everything_is_rejected(topics: Topics, tmp_path: Path) -> None:
    with gate("localhost:1", topics, tmp_path) as running:
        running.until_logged("the gate rests at reject")
        running.sense("first", datetime.now(UTC))
        running.until_logged("no verdicts at present, the gate rejects")
        assert running.acts(1) == {"first": "reject first: no verdict in time (default)"}
