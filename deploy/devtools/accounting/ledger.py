"""The ledger of numbered images: where each was acknowledged, and which outcomes came of it."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

ROW = np.dtype(
    [
        ("expected", np.uint8),
        ("sent_to", np.int16),  # partition, -1 while the brokers have not acknowledged it
        ("sent_at", np.int64),  # offset
        ("found", np.uint8),
        ("found_from", np.int16),
        ("found_at", np.int64),
        ("outcomes", np.uint8),
    ]
)
EXAMPLES = 10


class Kind(IntEnum):
    """What became of an image, or should."""

    PASS = 1
    ANOMALY = 2
    DEAD_LETTER = 3


@dataclass(frozen=True, slots=True)
class Account:
    """The counts of a range of numbers; all but the first four are faults of the line, and should be 0."""

    sent: int
    acknowledged: int
    verdicts: int
    dead_letters: int
    lost: int
    """Acknowledged, and without an outcome."""
    doubled: int
    """With more than one."""
    wrong: int
    """Another kind of outcome than the image's, or one with other coordinates than the acknowledged ones."""
    examples: tuple[str, ...]
    """Coordinates of what was lost, doubled or wrong."""


class Ledger:
    """One row for each number, kept in arrays: 24 bytes an image. All methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows = np.zeros(1024, ROW)
        self._sent = 0
        self._outcomes = 0
        self._foreign: list[str] = []

    def __len__(self) -> int:
        """How many numbers were given out."""
        return self._sent

    @property
    def outcomes(self) -> int:
        """How many outcomes were found, each time one was."""
        return self._outcomes

    @property
    def foreign(self) -> list[str]:
        """Outcomes of images that were never sent."""
        return list(self._foreign)

    def send(self, expected: Kind) -> int:
        """The number of the next image, which is about to be sent."""
        with self._lock:
            if self._sent == len(self._rows):
                self._rows = np.concatenate([self._rows, np.zeros(len(self._rows), ROW)])
            number = self._sent
            self._rows[number] = (expected, -1, -1, 0, -1, -1, 0)
            self._sent += 1
            return number

    def acknowledge(self, number: int, partition: int, offset: int) -> None:
        """The brokers have the image, at these coordinates."""
        with self._lock:
            row = self._rows[number]
            row["sent_to"], row["sent_at"] = partition, offset

    def find(self, number: int | None, kind: Kind, partition: int, offset: int) -> None:
        """An outcome names this number, and these coordinates of the image."""
        with self._lock:
            self._outcomes += 1
            if number is None or number >= self._sent:
                self._foreign.append(f"{kind.name} of {partition}/{offset}, number {number}")
                return
            row = self._rows[number]
            row["found"], row["found_from"], row["found_at"] = kind, partition, offset
            row["outcomes"] = min(row["outcomes"] + 1, 255)

    def waiting(self, first: int = 0, end: int | None = None) -> int:
        """How many acknowledged images of numbers [first, end) have no outcome yet."""
        with self._lock:
            return int(np.count_nonzero(_lost(self._rows[first : self._end(end)])))

    def account(self, first: int = 0, end: int | None = None) -> Account:
        """The counts of numbers [first, end)."""
        with self._lock:
            rows = self._rows[first : self._end(end)]
            lost, doubled, wrong = _lost(rows), rows["outcomes"] > 1, _wrong(rows)
            return Account(
                sent=len(rows),
                acknowledged=int(np.count_nonzero(rows["sent_to"] >= 0)),
                verdicts=int(np.count_nonzero((rows["found"] == Kind.PASS) | (rows["found"] == Kind.ANOMALY))),
                dead_letters=int(np.count_nonzero(rows["found"] == Kind.DEAD_LETTER)),
                lost=int(np.count_nonzero(lost)),
                doubled=int(np.count_nonzero(doubled)),
                wrong=int(np.count_nonzero(wrong)),
                examples=tuple(_examples(rows, first, {"lost": lost, "doubled": doubled, "wrong": wrong})),
            )

    def forget_outcomes(self) -> None:
        """Drop every outcome, to read them all again from the beginning."""
        with self._lock:
            self._rows["outcomes"] = self._rows["found"] = 0
            self._foreign.clear()
            self._outcomes = 0

    def _end(self, end: int | None) -> int:
        return self._sent if end is None else min(end, self._sent)


def _lost(rows: NDArray[np.void]) -> NDArray[np.bool_]:
    lost: NDArray[np.bool_] = (rows["sent_to"] >= 0) & (rows["outcomes"] == 0)
    return lost


def _wrong(rows: NDArray[np.void]) -> NDArray[np.bool_]:
    known = (rows["outcomes"] > 0) & (rows["sent_to"] >= 0)
    moved = (rows["found_from"] != rows["sent_to"]) | (rows["found_at"] != rows["sent_at"])
    other = (rows["outcomes"] > 0) & (rows["found"] != rows["expected"])
    wrong: NDArray[np.bool_] = other | (known & moved)
    return wrong


def _examples(rows: NDArray[np.void], first: int, faults: dict[str, NDArray[np.bool_]]) -> Iterator[str]:
    for what, which in faults.items():
        for number in np.flatnonzero(which)[:EXAMPLES]:
            row = rows[number]
            yield (
                f"{what}: part {first + number}, sent to {row['sent_to']}/{row['sent_at']}, "
                f"{row['outcomes']} outcomes, the last of {row['found_from']}/{row['found_at']}"
            )
