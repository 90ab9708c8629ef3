"""Hostile Kafka records: keys, headers and timestamps, as a producer may write them."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from deploy.fuzz.dice import Dice
from deploy.fuzz.hostile import Hostile, Outcome
from deploy.fuzz.images import any_bytes
from service.record.dead_letter import dead_letter_headers
from service.record.image_headers import read_headers
from service.record.messages import Headers, part_id_of, source_of
from service.scoring.image import ImageRejected, Reason

STREAMS = (b"default", b"", b"../..", b"\xff\xfe", b"a" * 10_000, b"a\0b", "é".encode(), b"x" * 64, b"x" * 65)
TIMES = (
    b"2026-01-31T08:30:00Z", b"2026-01-31t08:30:00z", b"2026-01-31T08:30:00.123456789+01:00", b"2026-01-31 08:30:00",
    b"2016-12-31T23:59:60Z", b"0001-01-01T00:00:00Z", b"0001-01-01T00:00:00+23:59", b"9999-12-31T23:59:59-23:59",
    b"2026-W05-6", b"2026-01-31", b"-1", b"", b"1767225600", b"2026-13-01T00:00:00Z", b"\xff", b"nan",
    b"2026-01-31T24:00:00Z",
)  # fmt: skip
TIMESTAMPS = (-1, 0, 1, 1_769_848_200_000, -(1 << 63), (1 << 63) - 1, 253_402_300_800_000, -62_135_596_800_001)
MOST_DEAD_LETTER_BYTES = 64 * 1024
"""Of the headers of a dead letter."""


@dataclass
class KafkaRecord:
    """The fields of a Kafka record that the service reads."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None = b""
    headers: Headers = field(default_factory=list)


class Records:
    """Keys, headers and timestamps."""

    def make(self, dice: Dice) -> Hostile:
        """A record without its value, as JSON."""
        headers = [(self._name(dice), self._value(dice)) for _ in range(dice.pick((0, 1, 2, 2, 3, 30)))]
        fields = {
            "timestamp": dice.pick(TIMESTAMPS) if dice.chance(0.8) else dice.number(8) - (1 << 63),
            "key": _text(dice.pick((None, b"", b"part-1", b"\xff" * 1000, b"a" * 400_000, dice.bytes(40)))),
            "headers": [(name, _text(value)) for name, value in headers],
        }
        return Hostile("record", json.dumps(fields).encode())

    def judge(self, hostile: Hostile) -> Outcome:
        """Read it as the service does, and make the dead letter that it may become."""
        fields = json.loads(hostile.data)
        headers = [(name, _bytes(value)) for name, value in fields["headers"]]
        record = KafkaRecord("images", 3, 7, fields["timestamp"], _bytes(fields["key"]), b"", headers)  # type: ignore[arg-type] # a null value is possible
        part_id_of(record).encode()
        try:
            read = read_headers(record)
        except ImageRejected as rejected:
            letter = dead_letter_headers(record, rejected)
            size = sum(len(name.encode()) + len(value) for name, value in letter)
            fault = "" if rejected.reason == Reason.BAD_HEADER and str(rejected) else f"found reason {rejected.reason}"
            fault = fault or (f"a dead letter with headers of {size} bytes" if size > MOST_DEAD_LETTER_BYTES else "")
            return Outcome(str(rejected.reason), fault=fault)
        read.captured_at.astimezone(UTC).isoformat()
        (datetime.now(UTC) - read.captured_at) / timedelta(seconds=1)
        str(source_of(record))
        return Outcome("valid")

    def _name(self, dice: Dice) -> str:
        return dice.pick(("stream", "captured_at", "captured_at", "x", "", "é", "Stream", "reason", "x" * 1000))

    def _value(self, dice: Dice) -> bytes | None:
        value = dice.pick((*STREAMS, *TIMES, *TIMES))
        if dice.chance(0.02):
            return None if dice.chance(0.5) else b"v" * 300_000
        return any_bytes.edit(value, value, dice) if value and dice.chance(0.3) else value


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode("latin-1")
