"""Drift detection: evidence that the process changed since calibration, and separately of a burst of bad parts.

docs/drift.md has the reasons and the measurements. Nothing here depends on the clock or on chance: the same parts in
the same order give the same evidence.
"""

import math
from bisect import bisect_right
from operator import attrgetter
from typing import Literal

from service.scoring.conformal_cusum import Cusum, ShiftDetector
from service.scoring.manifest import Calibration, DriftSpec
from service.scoring.verdict import Decision

Signal = Literal["score", "brightness"]
"""The numbers of a part that drift is detected by."""

SIGNALS: tuple[Signal, ...] = ("score", "brightness")

USUAL_SHARE, DRIFTED_SHARE = 0.25, 0.45
ANOMALOUS_GAIN, ORDINARY_GAIN = math.log(DRIFTED_SHARE / USUAL_SHARE), math.log((1 - DRIFTED_SHARE) / (1 - USUAL_SHARE))
"""The alternative that very many parts are anomalous, which here is above the ordinary ones: they are 45 % by now,
against 25 %. It loses while less than a third are, as with one bad part in ten."""

MULTIPLES = (3.0, 8.0)
"""Alternatives for bursts: anomalies are three or eight times the usual."""

MAY_EXPLAIN, HELD = 0.25, 0.99
"""From this much evidence of drift on, or while anomalous parts prevail, drift may explain the anomalies: a burst is
held below its alarm until the drift becomes one or ordinary parts have come again."""


class DriftDetector:
    """Monitors one stream under one bundle; restarts after each alarm.

    Each kind of evidence is the largest of a few CUSUMs, one for each alternative to "nothing changed". Source: Vovk
    et al., "Retrain or not retrain: conformal test martingales for change-point detection", COPA 2021.
    """

    def __init__(self, calibration: Calibration, spec: DriftSpec, key: str) -> None:
        """Begin with a bundle's calibration; the key, a bundle's id, decides ties the same way in all replicas."""
        self._spec = spec
        self._cut = cut(calibration, spec.ordinary_share)
        all_but_the_cut = calibration.scores[: bisect_right(calibration.scores, self._cut) - 1]
        scores = all_but_the_cut if spec.scores is None else spec.scores
        self._shifts: dict[Signal, ShiftDetector] = {"score": ShiftDetector(scores, spec.reference, f"score {key}")}
        if spec.brightness is not None:
            self._shifts["brightness"] = ShiftDetector(spec.brightness, spec.reference, f"brightness {key}")
        self._ordinary = 0
        self._share = Cusum()
        self._bursts = [Cusum() for _ in MULTIPLES]
        self._learns = True
        self._anomalies = 1 + calibration.n - bisect_right(calibration.scores, calibration.threshold)
        self._parts = 1 + calibration.n

    @property
    def signals(self) -> dict[Signal, float]:
        """Evidence that ordinary parts changed, by signal and divided by its limit.

        From 1 on it is an alarm. Very many anomalous parts count for the score.
        """
        found = {signal: shifts.leading.evidence for signal, shifts in self._shifts.items()}
        found["score"] = max(found["score"], self._share.evidence)
        return {signal: evidence / self._spec.drift_limit for signal, evidence in found.items()}

    @property
    def drift(self) -> float:
        """Evidence of drift by its strongest signal: from 1 on an alarm."""
        return max(self.signals.values())

    @property
    def burst(self) -> float:
        """Evidence of more anomalies than usual, divided by its limit: from 1 on an alarm."""
        evidence = max(cusum.evidence for cusum in self._bursts) / self._spec.burst_limit
        is_settled = self._share.evidence == 0.0 and self.drift < MAY_EXPLAIN
        return evidence if is_settled else min(evidence, HELD)

    def update(self, score: float, decision: Decision, part_id: str, brightness: float) -> None:
        """Add the next part of the stream; after an alarm that evidence restarts from zero."""
        if self.drift >= 1.0:
            self._restart_after_drift()
        elif self.burst >= 1.0:
            self._bursts = [Cusum() for _ in MULTIPLES]
        self._count(is_anomaly=decision == "anomaly")
        is_ordinary = score <= self._cut
        self._share.add(ORDINARY_GAIN if is_ordinary else ANOMALOUS_GAIN, self._ordinary)
        if is_ordinary:
            values: dict[Signal, float] = {"score": score, "brightness": brightness}
            for signal, shifts in self._shifts.items():
                shifts.add(values[signal], part_id, self._ordinary)
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
        """Learn no more, and forget the parts since the alarm's evidence began: those had drifted already."""
        alternatives = (self._share, *(shifts.leading for shifts in self._shifts.values()))
        winner = max(alternatives, key=attrgetter("evidence"))
        for shifts in self._shifts.values():
            shifts.restart(winner.began)
        self._learns = False
        self._share = Cusum()
        self._bursts = [Cusum() for _ in MULTIPLES]  # drift explains its anomalies


def cut(calibration: Calibration, ordinary_share: float) -> float:
    """The score up to which a part is ordinary."""
    return calibration.scores[ordinary_count(calibration.n, ordinary_share)]


def ordinary_count(n: int, ordinary_share: float) -> int:
    """How many of n ascending calibration scores are below the cut."""
    return max(0, int((n + 1) * ordinary_share + 1e-9) - 1)


def burst_gains(usual: float, *, is_anomaly: bool) -> list[float]:
    """The log likelihood ratio of each alternative of MULTIPLES for a part, if a share `usual` was flagged before."""
    gains = []
    for multiple in MULTIPLES:
        now = min(multiple * usual, (1.0 + usual) / 2.0)
        gains.append(math.log(now / usual if is_anomaly else (1.0 - now) / (1.0 - usual)))
    return gains
