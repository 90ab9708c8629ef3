"""The schedule of a fault run: which fault comes when, to which replica, all drawn from one seed."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from deploy.faults.failpoints import AFTER_AN_ABORT, FAILPOINTS

REPLICAS = ("a", "b")

POINTS = tuple(failpoint.name for failpoint in FAILPOINTS)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: its kind, the replica it happens to, at which call of a failpoint, and for how long."""

    kind: str
    replica: str
    call: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.kind} ({self.replica}, call {self.call}, {self.seconds:.1f} s)"


KILLS_AT_FAILPOINTS = tuple(f"kill at {point}" for point in POINTS)

LONG_ONE: Mapping[str, int] = MappingProxyType(
    {
        **dict.fromkeys(KILLS_AT_FAILPOINTS, 3),
        "kill at random": 14,
        "kill all replicas": 4,
        "stop at a step": 5,
        "commit answered too late": 3,
        "client fails at a step": 5,
        "freeze past the session": 4,
        "stall past the poll limit": 3,
        "stall past the transaction": 2,
        "replica added": 3,
        "replica removed": 3,
        "broker restarted": 3,
        "broker killed": 5,
        "network cut": 3,
        "network silent": 3,
        "network slow": 2,
        "store vanished": 2,
        "store read-only": 2,
        "store full": 2,
        "log disk full": 2,
        "scraper hangs": 2,
    }
)
"""Faults of the long form with one broker."""

LONG_THREE: Mapping[str, int] = MappingProxyType(
    {
        **dict.fromkeys(KILLS_AT_FAILPOINTS, 1),
        "kill at random": 4,
        "freeze past the session": 1,
        "network cut": 2,
        "network silent": 2,
        "broker restarted": 3,
        "partition leader killed": 5,
        "transaction coordinator killed": 5,
        "group coordinator killed": 3,
        "two brokers killed": 2,
    }
)
"""Faults of the long form with three."""

SHORT: Mapping[str, int] = MappingProxyType({**dict.fromkeys(KILLS_AT_FAILPOINTS, 1), "commit answered too late": 1})
"""Faults of the short form, with one broker and stable names, so that no session has to expire."""


def draw(counts: Mapping[str, int], seed: int) -> list[Fault]:
    """The faults in random order; the same seed gives the same."""
    source = random.Random(seed)  # noqa: S311 - replayable, not secret
    kinds = [kind for kind, count in counts.items() for _ in range(count)]
    source.shuffle(kinds)
    return [_draw(kind, source) for kind in kinds]


def _draw(kind: str, source: random.Random) -> Fault:
    often = 40 if kind in ("kill at send", "kill at decode", "kill at score") else 8  # once an image; once a batch
    rare = kind.removeprefix("kill at ") in AFTER_AN_ABORT
    return Fault(kind, source.choice(REPLICAS), 1 if rare else source.randint(1, often), source.uniform(2.0, 6.0))
