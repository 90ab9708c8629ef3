"""Scoring image files as the service would, for calibration, evaluation and the report."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service.scoring.graph import Prediction
from service.scoring.image import ImageRejected, brightness, decode, preprocess
from service.scoring.manifest import InputSpec
from service.scoring.scorer import Scorer
from service.scoring.verdict import Verdict, judge
from training.data.exclusions import ExclusionReason, LeftOut
from training.data.folder import LIMITS, TestImage, read_mask
from training.progress import Progress


@dataclass(frozen=True, slots=True)
class ScoredImage:
    """An image file and what was found of it."""

    path: Path
    score: float
    peak: float
    """The maximum of its anomaly map."""
    brightness: float
    """The mean grey value of its preprocessed pixels."""
    code: NDArray[np.float32] | None = None
    """float32 [size], if the graph gives one."""


@dataclass(frozen=True, slots=True)
class JudgedImage:
    """A labelled image with its verdict, what the graph said, and its original (height, width)."""

    test: TestImage
    verdict: Verdict
    scored: Prediction
    size: tuple[int, int]


@dataclass(frozen=True, slots=True)
class JudgedSet:
    """Labelled images with their verdicts, and the files that cannot be read."""

    images: tuple[JudgedImage, ...]
    left_out: tuple[LeftOut, ...]


def score_files(scorer: Scorer, paths: Sequence[Path], progress: Progress) -> list[ScoredImage]:
    """Score images that are known to be readable; of each map only the peak is kept."""
    found = []
    for path in progress.track(paths, "calibrating", len(paths)):
        seen = score_file(scorer, path)
        scored = seen.scored
        peak = float(scored.anomaly_map.max())
        found.append(ScoredImage(path, scored.score, peak, brightness(seen.preprocessed), scored.latent))
    return found


def judge_tests(scorer: Scorer, tests: Sequence[TestImage], progress: Progress) -> JudgedSet:
    """Judge labelled images as the service would; a mask that cannot be read is left out, and its image kept."""
    images, left_out = [], []
    calibration = scorer.bundle.manifest.calibration
    for test in progress.track(tests, "scoring test images", len(tests)):
        try:
            seen = score_file(scorer, test.path)
        except (OSError, ImageRejected) as error:
            left_out.append(LeftOut(test.path, ExclusionReason.UNREADABLE, str(error)))
            continue
        verdict = judge(seen.scored, calibration, scorer.bundle.id, seen.size)
        labelled, fault = _with_readable_mask(test)
        images.append(JudgedImage(labelled, verdict, seen.scored, seen.size))
        left_out += fault
    return JudgedSet(tuple(images), tuple(left_out))


def _with_readable_mask(test: TestImage) -> tuple[TestImage, list[LeftOut]]:
    if test.mask is None:
        return test, []
    try:
        read_mask(test.mask)
    except (OSError, ImageRejected) as error:
        return replace(test, mask=None), [LeftOut(test.mask, ExclusionReason.UNREADABLE, str(error))]
    return test, []


@dataclass(frozen=True, slots=True)
class Seen:
    """One image as the graph sees it: original (height, width), preprocessed pixels, and the prediction."""

    size: tuple[int, int]
    preprocessed: NDArray[np.uint8]
    scored: Prediction


def score_file(scorer: Scorer, path: Path) -> Seen:
    """Read, preprocess and score one image.

    Raises:
        ImageRejected, OSError: if it cannot be read.
    """
    image = decode(path.read_bytes(), LIMITS)
    preprocessed = preprocess(image, scorer.input)
    return Seen((image.shape[0], image.shape[1]), preprocessed, scorer.score([preprocessed])[0])


def read_preprocessed(path: Path, spec: InputSpec) -> NDArray[np.uint8]:
    """Read one image as the graph sees it, uint8 [height, width, channels].

    Raises:
        ImageRejected, OSError: if it cannot be read.
    """
    return preprocess(decode(path.read_bytes(), LIMITS), spec)
