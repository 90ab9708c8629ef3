"""What is tried again, and what is not, after a transaction that failed: against brokers that are made up."""

import io
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest
from kafka.errors import KafkaConnectionError, TopicAuthorizationFailedError

from service.record.errors import StreamError
from service.scoring.image import ImageLimits
from service.send.capture_times import capture_time_rule
from service.send.delivery import Delivery, NotSent, Outgoing, Refused
from service.send.disposal import Disposal
from service.send.intake import Intake, Rules
from service.send.journal import Journal, JournalError
from service.send.looking import Looker
from service.send.metrics import SendMetrics
from service.send.pace import Pace
from service.send.part_ids import part_id_rule
from service.send.progress_line import ProgressLine
from service.send.sender import Sender
from service.send.telemetry import Telemetry
from tests.support.sending import image


class Brokers:
    """Have what was sent; `troubles` are raised by the next calls of `send`, one each, after it or in place of it."""

    def __init__(self) -> None:
        self.keys: list[bytes] = []
        self.number: int | None = None
        self.troubles: list[tuple[Exception, bool]] = []
        self.away: list[StreamError] = []
        self.refused = b""

    def cluster(self) -> str:
        if self.away:
            raise self.away.pop()
        return "cluster"

    def settle(self) -> int | None:
        return self.number

    def register(self, next_number: int) -> None:
        self.number = next_number

    def send(self, records: Sequence[Outgoing], next_number: int) -> None:
        if self.refused in [record.key for record in records]:
            raise Refused("too large")
        error, is_done = self.troubles.pop(0) if self.troubles else (None, True)
        if is_done:
            self.keys += [record.key for record in records]
            self.number = next_number
        if error is not None:
            raise error


class Bench:
    def __init__(self, folder: Path, journal: Journal, *, is_patient: bool = True) -> None:
        self.folder = folder
        self.brokers = Brokers()
        self.telemetry = Telemetry(SendMetrics("left"), ProgressLine(io.StringIO()))
        rules = Rules("left", part_id_rule("stem"), capture_time_rule("now", None), ImageLimits(), 0.0, 0.0)
        self.intake = Intake(rules, journal, Disposal("delete", None, None), self.telemetry)
        self.on_topic: Callable[[dict[int, float]], set[int]] = lambda _begun: set()
        self.sender = Sender(
            journal,
            cast(Delivery, self.brokers),
            self.intake,
            Pace(None),
            self.telemetry,
            threading.Event(),
            lambda begun: self.on_topic(begun),  # noqa: PLW0108 - tests replace it
            is_patient=is_patient,
        )

    def send(self) -> list[bytes]:
        """One turn; gives all that the brokers have."""
        files = self.intake.sort(Looker([self.folder], []).look().files).pending
        self.sender.send(sorted(files, key=lambda file: file.identity), float("inf"))
        return self.brokers.keys


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.send.sender.RETRY_SECONDS", 0.0)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with closing(Journal(tmp_path / "journal", "images", "left")) as journal:
        yield journal


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "camera"
    folder.mkdir()
    for name in "abc":
        (folder / f"{name}.png").write_bytes(image(ord(name)))
    return folder


@pytest.mark.parametrize("is_done", [True, False], ids=["sent, but the answer was lost", "not sent"])
def test_a_batch_whose_answer_is_lost_is_sent_once(folder: Path, journal: Journal, is_done: bool) -> None:
    bench = Bench(folder, journal)
    bench.sender.connect()
    bench.brokers.troubles = [(NotSent("gone"), False), (NotSent("gone"), is_done)]
    assert bench.send() == [b"a", b"b", b"c"]
    assert bench.telemetry.sent == 3
    assert not list(folder.iterdir())
    assert journal.begun() == {}


def test_a_record_that_is_refused_is_put_aside_and_the_others_are_sent_one_by_one(
    folder: Path, journal: Journal
) -> None:
    bench = Bench(folder, journal)
    bench.sender.connect()
    bench.brokers.refused = b"b"
    assert bench.send() == [b"a", b"c"]
    assert bench.telemetry.rejected == {"too_large": 1}
    assert (folder / ".rejected" / "b.png").exists()


def test_a_command_that_does_not_watch_gives_up_and_loses_nothing(folder: Path, journal: Journal) -> None:
    bench = Bench(folder, journal, is_patient=False)
    bench.sender.connect()
    bench.brokers.troubles = [(NotSent("gone"), False)] * 5
    with pytest.raises(StreamError, match="give the same command again when they do"):
        bench.send()
    assert bench.send() == [b"a", b"b", b"c"]


def test_absent_brokers_are_waited_for_and_wrong_rights_are_not(folder: Path, journal: Journal) -> None:
    bench = Bench(folder, journal)
    for cause in (KafkaConnectionError(), KafkaConnectionError(), TopicAuthorizationFailedError()):
        error = StreamError("expected Kafka")
        error.__cause__ = cause
        bench.brokers.away.insert(0, error)
    with pytest.raises(StreamError):
        bench.sender.connect()
    assert bench.brokers.away == []
    assert bench.telemetry.brokers_away


def test_offsets_that_the_brokers_lost_are_looked_for_on_the_topic(folder: Path, journal: Journal) -> None:
    bench = Bench(folder, journal)
    bench.sender.connect()
    bench.brokers.troubles = [(KeyboardInterrupt(), True)]  # type: ignore[list-item]
    with pytest.raises(KeyboardInterrupt):  # as a kill: the brokers have them, the journal does not know
        bench.send()
    again = Bench(folder, journal)
    again.on_topic = lambda begun: {number for number in begun if number < 2}
    again.sender.connect()
    assert again.send() == [b"c"]
    assert again.brokers.number is not None


def test_a_journal_behind_the_brokers_is_refused(folder: Path, journal: Journal) -> None:
    bench = Bench(folder, journal)
    bench.brokers.number = 7
    with pytest.raises(JournalError, match="goes on from number 7"):
        bench.sender.connect()
