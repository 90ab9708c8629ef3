"""A reject gate that acts on verdicts in time, and rejects whatever has no good verdict when it arrives.

    python reject_gate.py --brokers broker:9092 --travel-seconds 3

The gate rests at "reject". Only a verdict `pass` that is there before the part is moves it for that part. So a part
that is an anomaly or to be reviewed is rejected, and so is one whose verdict is late, missing or a dead letter: because
the service, a broker, the network, a clock or this program failed.

Replace `Gate` by what moves your gate, and `LinesSensor` by what knows that a part is on its way, such as the program
that triggers the camera. docs/acting-on-verdicts.md explains the deadline. Needs kafka-python alone.
"""

import argparse
import json
import logging
import queue
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from kafka import KafkaConsumer, TopicPartition

log = logging.getLogger("reject_gate")

RETRY_SECONDS, POLL_MS = 1.0, 50


@dataclass(frozen=True)
class Part:
    """A part on its way to the gate: its id, as the image's key has it, and when its image was captured, Unix time."""

    part_id: str
    captured_at: float


@dataclass(frozen=True)
class Outcome:
    """What Linewatch says of an image: `pass`, `review`, `anomaly`, or `dead letter`."""

    part_id: str
    stream: str
    captured_at: float | None
    """Unix time; None where a dead letter does not say."""
    decision: str


class Sensor(Protocol):
    """Whatever knows that a part is on its way, soon after its image was captured."""

    def watch(self, seen: Callable[[Part], None]) -> None:
        """Call `seen` for each part; return when there are no more."""


class LinesSensor:
    """The simplest sensor: a line `PART_ID CAPTURED_AT` on standard input for each part, from another program."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = lines

    def watch(self, seen: Callable[[Part], None]) -> None:
        for line in self._lines:
            part_id, _, captured_at = line.strip().rpartition(" ")
            try:
                seen(Part(part_id, unix_time(captured_at)))
            except ValueError:
                log.warning("expected a line PART_ID CAPTURED_AT, found %r: the gate stays at reject", line)


class Gate:
    """The gate itself, here in print. It rests at reject; `let_pass` is called as the part arrives."""

    def let_pass(self, part: Part) -> None:
        print(f"pass {part.part_id}", flush=True)

    def reject(self, part: Part, why: str) -> None:
        print(f"reject {part.part_id}: {why}", flush=True)


@dataclass
class Waiting:
    """A part before its deadline, by the monotonic clock, with all that was said of it."""

    part: Part
    deadline: float
    decisions: dict[str, set[str]]
    """Stream -> all that was decided there."""


@dataclass
class Decider:
    """Decides each part once, at its deadline; knows no Kafka and no gate, so that it can be tested.

    Deadlines are kept on the monotonic clock: a clock that is set does not move those of parts on their way.
    """

    travel_seconds: float
    """From capture to the gate, less what the gate needs to move."""
    streams: tuple[str, ...] = ("default",)
    """Those that must all say `pass`."""
    clock_seconds: float = 0.5
    """How far the clocks of camera and gate may differ; with synchronised ones they differ by milliseconds."""
    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    counts: Counter[str] = field(default_factory=Counter)
    _waiting: dict[str, Waiting] = field(default_factory=dict)
    _early: list[tuple[Outcome, float]] = field(default_factory=list)
    _unusable: list[Part] = field(default_factory=list)

    def part_seen(self, part: Part) -> None:
        """A part is on its way. One whose time cannot be right is rejected at once."""
        left = part.captured_at + self.travel_seconds - self.wall()
        if not 0.0 < left <= self.travel_seconds + self.clock_seconds:
            self._count("unusable_time", f"part {part.part_id} has {left:.3f} s left: are the clocks synchronised?")
            self._unusable.append(part)
        elif part.part_id not in self._waiting:  # told twice, the earlier deadline and every decision stand
            waiting = {stream: set[str]() for stream in self.streams}
            self._waiting[part.part_id] = Waiting(part, self.monotonic() + left, waiting)
            early, self._early = self._early, []
            for outcome, until in early:
                if not self._is_taken(outcome):
                    self._early.append((outcome, until))

    def verdict_came(self, outcome: Outcome) -> None:
        """What was said of an image. The same twice changes nothing; of different decisions the worst counts."""
        if outcome.stream not in self.streams or self._is_taken(outcome):
            return
        if outcome.captured_at is not None and outcome.captured_at + self.travel_seconds > self.wall():
            self._early.append((outcome, self.monotonic() + self.travel_seconds))  # before its sensor
        else:
            self._count("late", f"{outcome.decision} of part {outcome.part_id} came after its deadline, or again")

    def due(self) -> list[tuple[Part, str]]:
        """The parts that arrive now, each with an empty text to let it pass, or why it is rejected."""
        now = self.monotonic()
        arrived = [each for each in self._waiting.values() if each.deadline <= now]
        for each in arrived:
            del self._waiting[each.part.part_id]
        self._early = [each for each in self._early if each[1] > now]
        unusable, self._unusable = self._unusable, []
        return [(part, "its time cannot be right") for part in unusable] + [
            (each.part, self._why_not(each)) for each in arrived
        ]

    def seconds_left(self, most: float) -> float:
        """How long nothing is due, at most so long."""
        first = min((each.deadline for each in self._waiting.values()), default=float("inf"))
        return max(0.0, min(first - self.monotonic(), most))

    def _is_taken(self, outcome: Outcome) -> bool:
        """Take it for the waiting part that it is of: of this inspection, and not of the part's round before."""
        waiting = self._waiting.get(outcome.part_id)
        if waiting is None or (
            outcome.captured_at is not None and abs(outcome.captured_at - waiting.part.captured_at) > self.clock_seconds
        ):
            return False
        waiting.decisions[outcome.stream].add(outcome.decision)
        return True

    def _why_not(self, waiting: Waiting) -> str:
        whys = [
            f"{', '.join(sorted(said - {'pass'})) if said else 'no verdict in time'} ({stream})"
            for stream, said in waiting.decisions.items()
            if said != {"pass"}
        ]
        self.counts["rejected" if whys else "passed"] += 1
        return "; ".join(whys)

    def _count(self, what: str, why: str) -> None:
        self.counts[what] += 1
        log.warning("%s (%d so far): %s", what, self.counts[what], why)


class VerdictReader:
    """Reads verdicts and dead letters, committed ones only, in a thread of its own: Kafka never delays the gate."""

    def __init__(self, options: dict[str, Any], verdicts: str, dead_letters: str, back_seconds: float) -> None:
        self._options = options
        self._verdicts = verdicts
        self._topics = [verdicts, dead_letters]
        self._back_seconds = back_seconds

    def run(self, came: Callable[[Outcome], None], stop: threading.Event) -> None:
        """Read until stopped. After any error it connects anew: meanwhile parts are rejected for want of a verdict."""
        while not stop.is_set():
            try:
                self._read(came, stop)
            except Exception as error:  # noqa: BLE001 - whatever it is, the next verdicts are wanted
                log.warning("no verdicts at present, the gate rejects: %s", error or type(error).__name__)
                stop.wait(RETRY_SECONDS)

    def _read(self, came: Callable[[Outcome], None], stop: threading.Event) -> None:
        # In no group: a gate needs the verdicts of the parts on their way, and none of those before.
        consumer = KafkaConsumer(
            **self._options, group_id=None, isolation_level="read_committed", enable_auto_commit=False
        )
        try:
            numbers = {topic: consumer.partitions_for_topic(topic) or () for topic in self._topics}
            partitions = [TopicPartition(topic, each) for topic in self._topics for each in numbers[topic]]
            consumer.assign(partitions)
            since = round(1000 * (time.time() - self._back_seconds))
            ends = consumer.end_offsets(partitions)
            for partition, found in consumer.offsets_for_times(dict.fromkeys(partitions, since)).items():
                consumer.seek(partition, ends[partition] if found is None else found.offset)
            log.info("reading verdicts of %d partitions", len(partitions))
            while not stop.is_set():
                for records in consumer.poll(timeout_ms=POLL_MS).values():
                    for record in records:
                        if (outcome := self._outcome(record)) is not None:
                            came(outcome)
        finally:
            consumer.close(timeout_ms=1000)

    def _outcome(self, record: Any) -> Outcome | None:
        try:
            if record.topic != self._verdicts:
                return _dead_letter(record)
            verdict = json.loads(record.value)
            captured_at = unix_time(verdict["captured_at"])
            return Outcome(verdict["part_id"], verdict["stream"], captured_at, str(verdict["decision"]))
        except (ValueError, KeyError, TypeError, OverflowError):
            log.warning("no verdict at %s/%d/%d", record.topic, record.partition, record.offset)
            return None


def _dead_letter(record: Any) -> Outcome:
    """An image without a verdict: its key and headers are those that it was sent with."""
    headers = {name: value.decode() for name, value in record.headers if name in ("stream", "captured_at") and value}
    captured_at = unix_time(headers["captured_at"]) if "captured_at" in headers else None
    return Outcome((record.key or b"").decode(), headers.get("stream", "default"), captured_at, "dead letter")


def unix_time(text: str) -> float:
    """Seconds since 1970 of a time in RFC 3339.

    Raises:
        ValueError: it is none, or has no offset.
    """
    time_ = datetime.fromisoformat(text)
    if time_.tzinfo is None:
        raise ValueError(text)
    return time_.astimezone(UTC).timestamp()


def run(decider: Decider, sensor: Sensor, reader: VerdictReader, gate: Gate, stop: threading.Event) -> None:
    """Decide until stopped. All that happens comes through one queue, so the decider needs no lock."""
    events: queue.SimpleQueue[Part | Outcome] = queue.SimpleQueue()
    for name, work in {
        "sensor": lambda: sensor.watch(events.put),
        "verdicts": lambda: reader.run(events.put, stop),
    }.items():
        threading.Thread(target=work, name=name, daemon=True).start()
    log.info("the gate rests at reject; %g seconds from capture to gate", decider.travel_seconds)
    while not stop.is_set():
        try:
            event = events.get(timeout=decider.seconds_left(most=0.1))
        except queue.Empty:
            pass
        else:
            if isinstance(event, Part):
                decider.part_seen(event)
            else:
                decider.verdict_came(event)
        for part, why in decider.due():
            if why:
                gate.reject(part, why)
            else:
                gate.let_pass(part)
    log.info("stopped, the gate rests at reject: %s", dict(decider.counts))


def main() -> None:
    """Read the command line and run until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--brokers", default="localhost:9092")
    parser.add_argument("--verdicts", default="inspection.verdicts")
    parser.add_argument("--dead-letters", default="inspection.dead-letter")
    parser.add_argument("--streams", default="default", help="those that must all pass a part, comma-separated")
    parser.add_argument("--travel-seconds", type=float, required=True, help="from capture to gate, less its own time")
    parser.add_argument("--clock-seconds", type=float, default=0.5, help="how far the clocks may differ")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    options = {"bootstrap_servers": given.brokers, "reconnect_backoff_max_ms": 1000, "bootstrap_timeout_ms": 5000}
    back = given.travel_seconds + given.clock_seconds  # after a restart, of parts that are on their way
    reader = VerdictReader(options, given.verdicts, given.dead_letters, back)
    decider = Decider(given.travel_seconds, tuple(given.streams.split(",")), given.clock_seconds)
    run(decider, LinesSensor(sys.stdin), reader, Gate(), stop)


if __name__ == "__main__":
    main()
