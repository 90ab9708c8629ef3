"""Is the process still as it was calibrated? Evidence of drift, and apart from it of a burst of bad parts.

docs/drift.md has the reasons and the figures. Nothing here depends on the clock or on chance: the same parts in the
same order give the same evidence.
"""

import hashlib
import math
from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass

from service.scoring.manifest import Calibration, DriftSpec
from service.scoring.verdict import Decision

TILTS = (0.5, 0.95, -0.5, -0.95)
"""Bets that the scores of ordinary parts rose or fell, a little or much. None is fainter: what remains unknown of the
reference must not win a bet."""

USUAL_SHARE, DRIFTED_SHARE = 0.25, 0.45
STRANGE_GAIN, ORDINARY_GAIN = math.log(DRIFTED_SHARE / USUAL_SHARE), math.log((1 - DRIFTED_SHARE) / (1 - USUAL_SHARE))
"""The bet that very many parts became strange: it loses while less than a third are, as with one bad part in ten."""

MULTIPLES = (3.0, 8.0)
"""Bets that the anomalies are so many times the usual."""

MAY_EXPLAIN, HELD = 0.25, 0.99
"""From this much evidence of drift on, or while strange parts prevail, drift may explain the anomalies: a burst is held
below its alarm until the drift becomes one or ordinary parts have come again."""


@dataclass(slots=True)
class Cusum:
    """The log of what a bet won since it last stood at nothing; `began` is what the watch had learnt then.

    Source: Page, "Continuous Inspection Schemes", Biometrika 41 (1954).
    """

    evidence: float = 0.0
    began: int = 0

    def add(self, gain: float, learnt: int) -> None:
        """Account for the bet's gain on one part."""
        self.evidence = max(0.0, self.evidence + gain)
        if self.evidence == 0.0:
            self.began = learnt


class DriftWatch:
    """Watches one stream under one bundle; begins anew with another bundle, and after each alarm.

    Each kind of evidence is the largest of a few CUSUMs, one for each bet against "nothing has changed". Source: Vovk
    et al., "Retrain or not retrain: conformal test martingales for change-point detection", COPA 2021.
    """

    def __init__(self, calibration: Calibration, spec: DriftSpec, key: str) -> None:
        """Begin with a bundle's calibration; the key, a bundle's id, decides ties the same way in all replicas."""
        self._spec = spec
        self._key = key.encode()[: hashlib.blake2b.MAX_KEY_SIZE]
        self._cut = calibration.scores[ordinary_count(calibration.n, spec.ordinary_share)]
        self._calibrated = calibration.scores[: bisect_right(calibration.scores, self._cut) - 1]  # all but the cut
        self._reference = list(self._calibrated)
        self._learnt: list[float] = []
        self._learns = True
        self._shifts = [Cusum() for _ in TILTS]
        self._share = Cusum()
        self._bursts = [Cusum() for _ in MULTIPLES]
        self._anomalies = 1 + calibration.n - bisect_right(calibration.scores, calibration.threshold)
        self._parts = 1 + calibration.n

    @property
    def drift(self) -> float:
        """Evidence that ordinary parts score otherwise than before, divided by its limit: from 1 on an alarm."""
        return max(cusum.evidence for cusum in (self._share, *self._shifts)) / self._spec.drift_limit

    @property
    def burst(self) -> float:
        """Evidence of more anomalies than usual, divided by its limit: from 1 on an alarm."""
        evidence = max(cusum.evidence for cusum in self._bursts) / self._spec.burst_limit
        is_settled = self._share.evidence == 0.0 and self.drift < MAY_EXPLAIN
        return evidence if is_settled else min(evidence, HELD)

    def update(self, score: float, decision: Decision, part_id: str) -> None:
        """Account for the next part of the stream; after an alarm that evidence starts again from nothing."""
        if self.drift >= 1.0:
            self._restart_after_drift()
        elif self.burst >= 1.0:
            self._bursts = [Cusum() for _ in MULTIPLES]
        self._count(is_anomaly=decision == "anomaly")
        learnt, is_ordinary = len(self._learnt), score <= self._cut
        self._share.add(ORDINARY_GAIN if is_ordinary else STRANGE_GAIN, learnt)
        if is_ordinary:
            for cusum, gain in zip(self._shifts, shift_gains(self._place(score, part_id)), strict=True):
                cusum.add(gain, learnt)
            self._learn(score)

    def _count(self, *, is_anomaly: bool) -> None:
        for cusum, gain in zip(
            self._bursts, burst_gains(self._anomalies / self._parts, is_anomaly=is_anomaly), strict=True
        ):
            cusum.add(gain, len(self._learnt))
        if self._learns:
            self._anomalies += is_anomaly
            self._parts += 1

    def _place(self, score: float, part_id: str) -> float:
        """The conformal p-value among ordinary scores so far, from below and with ties decided by lot: uniform."""
        below = bisect_left(self._reference, score)
        ties = 1 + bisect_right(self._reference, score) - below  # the part ties with itself
        return (below + lot(part_id, self._key) * ties) / (len(self._reference) + 1)

    def _learn(self, score: float) -> None:
        if self._learns and len(self._reference) < self._spec.reference:
            insort(self._reference, score)
            self._learnt.append(score)

    def _restart_after_drift(self) -> None:
        """Learn no more, and forget what came since the winning bet began: those parts had drifted already."""
        winner = max((self._share, *self._shifts), key=lambda cusum: cusum.evidence)
        del self._learnt[winner.began :]
        self._reference = sorted([*self._calibrated, *self._learnt])
        self._learns = False
        self._share, self._shifts = Cusum(), [Cusum() for _ in TILTS]
        self._bursts = [Cusum() for _ in MULTIPLES]  # drift explains its anomalies


def ordinary_count(n: int, ordinary_share: float) -> int:
    """How many of n ascending calibration scores are below the cut; what is above it is strange."""
    return max(0, int((n + 1) * ordinary_share + 1e-9) - 1)


def shift_gains(place: float) -> list[float]:
    """What each bet of TILTS wins on a place in [0, 1] among the ordinary scores.

    The bet pays 1 + tilt (2 place - 1): if places are uniform that is 1 on average, and no bet wins in the long run.
    """
    return [math.log1p(tilt * (2.0 * place - 1.0)) for tilt in TILTS]


def burst_gains(usual: float, *, is_anomaly: bool) -> list[float]:
    """What each bet of MULTIPLES wins on a part, if a share `usual` of parts was flagged before."""
    gains = []
    for multiple in MULTIPLES:
        now = min(multiple * usual, (1.0 + usual) / 2.0)
        gains.append(math.log(now / usual if is_anomaly else (1.0 - now) / (1.0 - usual)))
    return gains


def lot(part_id: str, key: bytes) -> float:
    """A number in [0, 1) that looks drawn by chance and is always the same for one part and key."""
    drawn = hashlib.blake2b(part_id.encode(errors="surrogateescape"), key=key, digest_size=8).digest()
    return (int.from_bytes(drawn) >> 11) / 2.0**53
