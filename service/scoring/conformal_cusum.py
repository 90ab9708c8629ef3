"""CUSUMs of conformal p-values: evidence that a number measured on every part shifted away from a reference."""

import hashlib
import math
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter

TILTS = (0.5, 0.95, -0.5, -0.95)
"""Alternatives to "nothing changed": the number rose or fell, a little or much. None is fainter, or it would detect the
reference's own error."""


@dataclass(slots=True)
class Cusum:
    """The log likelihood ratio of one alternative since it was last zero; `began` ordinary parts had come by then.

    Source: Page, "Continuous Inspection Schemes", Biometrika 41 (1954).
    """

    evidence: float = 0.0
    began: int = 0

    def add(self, gain: float, ordinary: int) -> None:
        """Add the gain of one part, which came after this many ordinary ones."""
        self.evidence = max(0.0, self.evidence + gain)
        if self.evidence == 0.0:
            self.began = ordinary


class ShiftDetector:
    """Evidence that one number of ordinary parts, such as the score, rose or fell against a reference.

    The reference is the calibration's numbers, and grows by those of the line until it is large enough.
    """

    def __init__(self, calibrated: Iterable[float], largest: int, key: str) -> None:
        """Begin with the calibration's numbers; the key decides ties, in the same way in all replicas.

        Args:
            calibrated: numbers of ordinary calibration images, in any order.
            largest: the size at which the reference is large enough.
            key: a different one for each detector, so that the p-values of one part are independent.
        """
        self._calibrated = sorted(calibrated)
        self._largest = largest
        self._key = key.encode()[: hashlib.blake2b.MAX_KEY_SIZE]
        self._reference = list(self._calibrated)
        self._learnt: list[float] = []
        self._learns = True
        self._begin()

    def add(self, value: float, part_id: str, ordinary: int) -> None:
        """Add an ordinary part, which came after this many others."""
        for cusum, gain in zip(self._cusums, shift_gains(self._p_value(value, part_id)), strict=True):
            cusum.add(gain, ordinary)
        self.leading = max(self._cusums, key=attrgetter("evidence"))
        if self._learns and len(self._reference) < self._largest:
            insort(self._reference, value)
            self._learnt.append(value)

    def restart(self, began: int) -> None:
        """Restart after an alarm: learn no more, and forget all parts after the first `began`: they had drifted."""
        del self._learnt[began:]
        self._reference = sorted([*self._calibrated, *self._learnt])
        self._learns = False
        self._begin()

    def _begin(self) -> None:
        self._cusums = [Cusum() for _ in TILTS]
        self.leading = self._cusums[0]
        """That of the alternative with the most evidence."""

    def _p_value(self, value: float, part_id: str) -> float:
        """The conformal p-value among the numbers so far, from below and with ties broken by hash: uniform."""
        below = bisect_left(self._reference, value)
        ties = 1 + bisect_right(self._reference, value) - below  # the part ties with itself
        return (below + hashed_uniform(part_id, self._key) * ties) / (len(self._reference) + 1)


def shift_gains(p_value: float) -> list[float]:
    """The log likelihood ratio of each alternative of TILTS for a p-value in [0, 1].

    The ratio is 1 + tilt (2 p - 1): for uniform p-values that is 1 on average, so no evidence lasts.
    """
    return [math.log1p(tilt * (2.0 * p_value - 1.0)) for tilt in TILTS]


def hashed_uniform(part_id: str, key: bytes) -> float:
    """A pseudo-random number in [0, 1), always the same for one part and key."""
    digest = hashlib.blake2b(part_id.encode(errors="surrogateescape"), key=key, digest_size=8).digest()
    return (int.from_bytes(digest) >> 11) / 2.0**53
