"""Is the process still as it was calibrated? Evidence of drift, and apart from it of a burst of bad parts.

docs/drift.md has the reasons and the figures. Nothing here depends on the clock or on chance: the same parts in the
same order give the same evidence.
"""

import math
from bisect import bisect_right
from operator import attrgetter
from typing import Literal

from service.scoring.conformal_cusum import Cusum, Shifts
from service.scoring.manifest import Calibration, DriftSpec
from service.scoring.verdict import Decision

Signal = Literal["score", "brightness"]
"""What a drift shows in."""

SIGNALS: tuple[Signal, ...] = ("score", "brightness")

USUAL_SHARE, DRIFTED_SHARE = 0.25, 0.45
STRANGE_GAIN, ORDINARY_GAIN = math.log(DRIFTED_SHARE / USUAL_SHARE), math.log((1 - DRIFTED_SHARE) / (1 - USUAL_SHARE))
"""The bet that very many parts became strange: it loses while less than a third are, as with one bad part in ten."""

MULTIPLES = (3.0, 8.0)
"""Bets that the anomalies are so many times the usual."""

MAY_EXPLAIN, HELD = 0.25, 0.99
"""From this much evidence of drift on, or while strange parts prevail, drift may explain the anomalies: a burst is held
below its alarm until the drift becomes one or ordinary parts have come again."""


class DriftWatch:
    """Watches one stream under one bundle; begins anew with another bundle, and after each alarm.

    Each kind of evidence is the largest of a few CUSUMs, one for each bet against "nothing has changed". Source: Vovk
    et al., "Retrain or not retrain: conformal test martingales for change-point detection", COPA 2021.
    """

    def __init__(self, calibration: Calibration, spec: DriftSpec, key: str) -> None:
        """Begin with a bundle's calibration; the key, a bundle's id, decides ties the same way in all replicas."""
        self._spec = spec
        self._cut = cut(calibration, spec.ordinary_share)
        all_but_the_cut = calibration.scores[: bisect_right(calibration.scores, self._cut) - 1]
        scores = all_but_the_cut if spec.scores is None else spec.scores
        self._shifts: dict[Signal, Shifts] = {"score": Shifts(scores, spec.reference, f"score {key}")}
        if spec.brightness is not None:
            self._shifts["brightness"] = Shifts(spec.brightness, spec.reference, f"brightness {key}")
        self._ordinary = 0
        self._share = Cusum()
        self._bursts = [Cusum() for _ in MULTIPLES]
        self._learns = True
        self._anomalies = 1 + calibration.n - bisect_right(calibration.scores, calibration.threshold)
        self._parts = 1 + calibration.n

    @property
    def signals(self) -> dict[Signal, float]:
        """Evidence that ordinary parts are not as before, by what it shows in and divided by its limit.

        From 1 on it is an alarm. Very many strange parts are a sign of the score.
        """
        found = {sign: shifts.leading.evidence for sign, shifts in self._shifts.items()}
        found["score"] = max(found["score"], self._share.evidence)
        return {sign: evidence / self._spec.drift_limit for sign, evidence in found.items()}

    @property
    def drift(self) -> float:
        """Evidence of drift by its clearest sign: from 1 on an alarm."""
        return max(self.signals.values())

    @property
    def burst(self) -> float:
        """Evidence of more anomalies than usual, divided by its limit: from 1 on an alarm."""
        evidence = max(cusum.evidence for cusum in self._bursts) / self._spec.burst_limit
        is_settled = self._share.evidence == 0.0 and self.drift < MAY_EXPLAIN
        return evidence if is_settled else min(evidence, HELD)

    def update(self, score: float, decision: Decision, part_id: str, brightness: float) -> None:
        """Account for the next part of the stream; after an alarm that evidence starts again from nothing."""
        if self.drift >= 1.0:
            self._restart_after_drift()
        elif self.burst >= 1.0:
            self._bursts = [Cusum() for _ in MULTIPLES]
        self._count(is_anomaly=decision == "anomaly")
        is_ordinary = score <= self._cut
        self._share.add(ORDINARY_GAIN if is_ordinary else STRANGE_GAIN, self._ordinary)
        if is_ordinary:
            values: dict[Signal, float] = {"score": score, "brightness": brightness}
            for sign, shifts in self._shifts.items():
                shifts.add(values[sign], part_id, self._ordinary)
            self._ordinary += 1

    def _count(self, *, is_anomaly: bool) -> None:
        for cusum, gain in zip(
            self._bursts, burst_gains(self._anomalies / self._parts, is_anomaly=is_anomaly), strict=True
        ):
            cusum.add(gain, self._ordinary)
        if self._learns:
            self._anomalies += is_anomaly
            self._parts += 1

    def _restart_after_drift(self) -> None:
        """Learn no more, and forget what came since the winning bet began: those parts had drifted already."""
        bets = (self._share, *(shifts.leading for shifts in self._shifts.values()))
        winner = max(bets, key=attrgetter("evidence"))
        for shifts in self._shifts.values():
            shifts.restart(winner.began)
        self._learns = False
        self._share = Cusum()
        self._bursts = [Cusum() for _ in MULTIPLES]  # drift explains its anomalies


def cut(calibration: Calibration, ordinary_share: float) -> float:
    """The score up to which a part is ordinary; what is above it is strange."""
    return calibration.scores[ordinary_count(calibration.n, ordinary_share)]


def ordinary_count(n: int, ordinary_share: float) -> int:
    """How many of n ascending calibration scores are below the cut."""
    return max(0, int((n + 1) * ordinary_share + 1e-9) - 1)


def burst_gains(usual: float, *, is_anomaly: bool) -> list[float]:
    """What each bet of MULTIPLES wins on a part, if a share `usual` of parts was flagged before."""
    gains = []
    for multiple in MULTIPLES:
        now = min(multiple * usual, (1.0 + usual) / 2.0)
        gains.append(math.log(now / usual if is_anomaly else (1.0 - now) / (1.0 - usual)))
    return gains
