"""Scoring image files as the service would, for calibration, evaluation and the report."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service.scoring.image import ImageRejected, decode, prepare
from service.scoring.scorer import Scored, Scorer
from service.scoring.verdict import Verdict, judge
from training.dataset import LIMITS, LeftOut, TestImage, Why
from training.progress import Progress


@dataclass(frozen=True, slots=True)
class ScoredFile:
    """An image file, its score, and the maximum of its anomaly map."""

    path: Path
    score: float
    peak: float


@dataclass(frozen=True, slots=True)
class Judged:
    """Labelled images with their verdicts, and those that cannot be read."""

    verdicts: tuple[tuple[TestImage, Verdict], ...]
    left_out: tuple[LeftOut, ...]


def score_files(scorer: Scorer, paths: Sequence[Path], progress: Progress) -> list[ScoredFile]:
    """Score images that are known to be readable; of each map only the peak is kept."""
    found = []
    for path in progress.track(paths, "calibrating", len(paths)):
        scored = score_file(scorer, path).scored
        found.append(ScoredFile(path, scored.score, float(scored.anomaly_map.max())))
    return found


def judge_tests(scorer: Scorer, tests: Sequence[TestImage], progress: Progress) -> Judged:
    """Judge labelled images as the service would."""
    verdicts, left_out = [], []
    manifest = scorer.bundle.manifest
    for test in progress.track(tests, "scoring test images", len(tests)):
        try:
            seen = score_file(scorer, test.path)
        except (OSError, ImageRejected) as error:
            left_out.append(LeftOut(test.path, Why.UNREADABLE, str(error)))
        else:
            verdicts.append((test, judge(seen.scored, manifest.calibration, scorer.bundle.id, seen.size)))
    return Judged(tuple(verdicts), tuple(left_out))


@dataclass(frozen=True, slots=True)
class Seen:
    """One image as the graph sees it: its original (height, width), its prepared pixels, and what the graph says."""

    size: tuple[int, int]
    prepared: NDArray[np.uint8]
    scored: Scored


def score_file(scorer: Scorer, path: Path) -> Seen:
    """Read, prepare and score one image.

    Raises:
        ImageRejected, OSError: if it cannot be read.
    """
    image = decode(path.read_bytes(), LIMITS)
    prepared = prepare(image, scorer.input)
    return Seen((image.shape[0], image.shape[1]), prepared, scorer.score([prepared])[0])
