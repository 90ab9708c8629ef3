"""A simulated line whose parts, and whose calibration set, are drawn from the scores of real images.

Each line draws its calibration set from the same population as its parts, with replacement, since no set has as many
images as a line makes parts. So only the change distinguishes the parts from the calibration set. Score and brightness
of an image stay together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from deploy.benchmarks.drift.population import Parts
from service.scoring.bundle import Bundle, BundleError
from service.scoring.drift import DriftDetector, Signal
from service.scoring.verdict import decide
from training.calibration.drift_limits import ordinary_images
from training.calibration.threshold import calibrate
from training.evaluation.scored_images import ScoredImage

BEFORE, AFTER = 1500, 3000
"""Parts of a line before the change, which fill the reference, and the most after it."""

Source = tuple[Parts, float]
"""Parts to draw from, and the share of the drawn ones that come from here."""


@dataclass(frozen=True, slots=True)
class FirstAlarms:
    """After how many changed parts each alarm first went off on one line; `signals` are those of the drift alarm."""

    drift: int | None
    signals: tuple[Signal, ...]
    burst: int | None


def first_alarms(
    bundle: Bundle, normal: Parts, after: Sequence[Source], seed: Sequence[int], *, stop: bool
) -> FirstAlarms:
    """Simulate a line of normal parts that changes to `after`; `stop` ends it at the alarm of drift."""
    line = SimulatedLine(bundle, normal, seed)
    for part in line.draw([(normal, 1.0)], BEFORE):
        line.update(part)
    drift = burst = None
    signals: tuple[Signal, ...] = ()
    for number, part in enumerate(line.draw(after, AFTER), start=1):
        line.update(part)
        if drift is None and line.detector.drift >= 1.0:
            drift = number
            signals = tuple(signal for signal, evidence in line.detector.signals.items() if evidence >= 1.0)
            if stop:
                break
        if burst is None and line.detector.burst >= 1.0:
            burst = number
    return FirstAlarms(drift, signals, burst)


class SimulatedLine:
    """One line, with its own calibration set and the drift detector of the service.

    Raises:
        BundleError: if the bundle has no limits of drift.
    """

    def __init__(self, bundle: Bundle, normal: Parts, seed: Sequence[int]) -> None:
        self._rng = np.random.default_rng(seed)
        manifest = bundle.manifest
        drawn = self._rng.choice(normal, manifest.calibration.n)
        images = [ScoredImage("", score, score, grey) for score, grey in drawn.tolist()]
        self._calibration = calibrate(
            images,
            manifest.calibration.false_alarm_rate,
            extrapolate=manifest.calibration.is_extrapolated,
        )
        if manifest.drift is None:
            raise BundleError(
                f"expected limits of drift in bundle {bundle.id}, found none; fit it again with this release"
            )
        ordinary = ordinary_images(self._calibration, images)
        compared: dict[str, tuple[float, ...] | None] = {"scores": tuple(image.score for image in ordinary)}
        sees_light = manifest.drift.brightness is not None
        compared["brightness"] = tuple(image.brightness for image in ordinary) if sees_light else None
        self.spec = manifest.drift.model_copy(update=compared)
        self.detector = DriftDetector(self._calibration, self.spec, bundle.id)
        self._parts = 0

    def draw(self, sources: Sequence[Source], parts: int) -> list[tuple[float, float]]:
        """Score and brightness of each part, drawn from several sources."""
        chosen = self._rng.choice(len(sources), parts, p=[share for _, share in sources])
        drawn = np.stack([self._rng.choice(source, parts) for source, _ in sources])
        found: list[tuple[float, float]] = drawn[chosen, np.arange(parts)].tolist()
        return found

    def update(self, part: tuple[float, float]) -> None:
        """Update the drift detector with the next part."""
        self._parts += 1
        score, grey = part
        self.detector.update(score, decide(score, self._calibration), f"part-{self._parts}", grey)
