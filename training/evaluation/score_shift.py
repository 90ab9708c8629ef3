"""The shift of scores: how far parts have moved from a bundle's calibration."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from service.scoring.scorer import Scorer
from service.scoring.verdict import p_value
from training.evaluation.scored_images import score_images
from training.progress import Progress

MOST_IMAGES = 200
"""This many images separate a distance of 0.1 from none."""


@dataclass(frozen=True, slots=True)
class ScoreShift:
    """The p-values of some images: uniform on 0 to 1, with median 0.5 and distance near 0, if nothing has moved."""

    images: int
    median: float
    distance: float
    """Kolmogorov-Smirnov: the largest difference between their distribution and the uniform one."""

    def __str__(self) -> str:
        return f"median p-value {self.median:.2f}, distance {self.distance:.2f} from uniform ({self.images} images)"

    def as_json(self) -> dict[str, float]:
        return asdict(self)


def shift(scores: Sequence[float], calibration_scores: Sequence[float]) -> ScoreShift | None:
    """The shift of scores against ascending calibration scores; None of no scores."""
    if not scores:
        return None
    p_values = np.sort([p_value(score, calibration_scores) for score in scores])
    steps = np.arange(len(scores) + 1) / len(scores)
    distance = max(np.max(steps[1:] - p_values), np.max(p_values - steps[:-1]))
    return ScoreShift(len(scores), float(np.median(p_values)), float(distance))


def shift_of(paths: Sequence[Path], scorer: Scorer, progress: Progress) -> ScoreShift | None:
    """The shift of image files against a bundle's calibration, from at most MOST_IMAGES of them, evenly chosen."""
    step = max(1, -(-len(paths) // MOST_IMAGES))
    scored = score_images(scorer, paths[::step], progress)
    return shift([image.score for image in scored.images], scorer.bundle.manifest.calibration.scores)
