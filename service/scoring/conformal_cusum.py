"""Does a number that is measured on every part still lie where it did? Conformal places, and bets on them."""

import hashlib
import math
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter

TILTS = (0.5, 0.95, -0.5, -0.95)
"""Bets that the number rose or fell, a little or much. None is fainter: what remains unknown of the reference must not
win a bet."""


@dataclass(slots=True)
class Cusum:
    """The log of what a bet won since it last stood at nothing; `began` is how many ordinary parts came before.

    Source: Page, "Continuous Inspection Schemes", Biometrika 41 (1954).
    """

    evidence: float = 0.0
    began: int = 0

    def add(self, gain: float, ordinary: int) -> None:
        """Account for the bet's gain on one part, which came after so many ordinary ones."""
        self.evidence = max(0.0, self.evidence + gain)
        if self.evidence == 0.0:
            self.began = ordinary


class Shifts:
    """Evidence that one number of ordinary parts, such as the score, rose or fell against a reference.

    The reference is the calibration's numbers, and grows by those of the line until it is large enough.
    """

    def __init__(self, calibrated: Iterable[float], largest: int, key: str) -> None:
        """Begin with the calibration's numbers; the key decides ties, in the same way in all replicas.

        Args:
            calibrated: numbers of ordinary calibration images, in any order.
            largest: so many numbers are reference enough.
            key: another one for each number, or their places would share their luck.
        """
        self._calibrated = sorted(calibrated)
        self._largest = largest
        self._key = key.encode()[: hashlib.blake2b.MAX_KEY_SIZE]
        self._reference = list(self._calibrated)
        self._learnt: list[float] = []
        self._learns = True
        self._begin()

    def add(self, value: float, part_id: str, ordinary: int) -> None:
        """Account for an ordinary part, which came after so many others."""
        for cusum, gain in zip(self._cusums, shift_gains(self._place(value, part_id)), strict=True):
            cusum.add(gain, ordinary)
        self.leading = max(self._cusums, key=attrgetter("evidence"))
        if self._learns and len(self._reference) < self._largest:
            insort(self._reference, value)
            self._learnt.append(value)

    def restart(self, began: int) -> None:
        """Begin anew after an alarm: learn no more, and forget all parts after the first `began`: they had drifted."""
        del self._learnt[began:]
        self._reference = sorted([*self._calibrated, *self._learnt])
        self._learns = False
        self._begin()

    def _begin(self) -> None:
        self._cusums = [Cusum() for _ in TILTS]
        self.leading = self._cusums[0]
        """The bet that won most."""

    def _place(self, value: float, part_id: str) -> float:
        """The conformal p-value among the numbers so far, from below and with ties decided by lot: uniform."""
        below = bisect_left(self._reference, value)
        ties = 1 + bisect_right(self._reference, value) - below  # the part ties with itself
        return (below + lot(part_id, self._key) * ties) / (len(self._reference) + 1)


def shift_gains(place: float) -> list[float]:
    """What each bet of TILTS wins on a place in [0, 1].

    The bet pays 1 + tilt (2 place - 1): if places are uniform that is 1 on average, and no bet wins in the long run.
    """
    return [math.log1p(tilt * (2.0 * place - 1.0)) for tilt in TILTS]


def lot(part_id: str, key: bytes) -> float:
    """A number in [0, 1) that looks drawn by chance and is always the same for one part and key."""
    drawn = hashlib.blake2b(part_id.encode(errors="surrogateescape"), key=key, digest_size=8).digest()
    return (int.from_bytes(drawn) >> 11) / 2.0**53
