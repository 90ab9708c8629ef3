"""Scoring image files as the service would, for calibration, evaluation and the report."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service.scoring.graph import Graph, ImagePrediction, Prediction
from service.scoring.image import ImageRejected, Reason
from service.scoring.manifest import Calibration
from service.scoring.preprocessing import brightness
from service.scoring.verdict import Decision, decide
from training.data.exclusions import ExclusionReason, LeftOut
from training.data.folder import TestImage
from training.data.pixels import LIMITS, read_image
from training.errors import TrainingError
from training.evaluation.packed_mask import PackedMask
from training.evaluation.shortlist import SIZE, Shortlist, ShownImage
from training.evaluation.usable_mask import usable_mask
from training.progress import Progress


@dataclass(frozen=True, slots=True)
class ScoredImage:
    """The numbers of one normal image; `key` is the path of its file, or where the line's record has it."""

    key: str
    score: float
    peak: float
    """The maximum of its anomaly map."""
    brightness: float
    """The mean grey value of its preprocessed pixels."""
    latent: NDArray[np.float32] | None = None
    """float32 [size], if the graph gives one."""

    @classmethod
    def of(cls, key: str, found: ImagePrediction) -> "ScoredImage":
        """What is kept of a prediction and its pixels."""
        made = found.prediction
        return cls(key, made.score, float(made.anomaly_map.max()), brightness(found.pixels), made.latent)


@dataclass(frozen=True, slots=True)
class ScoredSet:
    """Normal images in order; the few to be shown: the first, and those with the lowest and the highest scores."""

    images: tuple[ScoredImage, ...]
    first: tuple[ShownImage, ...]
    lowest: tuple[ShownImage, ...]
    highest: tuple[ShownImage, ...]


@dataclass(frozen=True, slots=True)
class JudgedImage:
    """A labelled image: kind, prediction, decision, original (height, width), and the mask of its defect, if any.

    The anomaly map is over the whole image, as the mask is.
    """

    kind: str
    is_defect: bool
    prediction: Prediction
    decision: Decision
    size: tuple[int, int]
    mask: PackedMask | None = None


@dataclass(frozen=True, slots=True)
class JudgedSet:
    """Labelled images with their decisions, and the files that cannot be read; the worst and best ones to be shown."""

    images: tuple[JudgedImage, ...]
    left_out: tuple[LeftOut, ...]
    false_alarms: tuple[ShownImage, ...]
    """Normal images that were flagged, highest scores first."""
    misses: tuple[ShownImage, ...]
    """Defects that passed, lowest scores first."""
    caught: tuple[ShownImage, ...]
    """Defects that were flagged, highest scores first."""


def score_file(graph: Graph, path: Path) -> ImagePrediction:
    """Score one image file.

    Raises:
        ImageRejected, OSError: if it cannot be read.
        TrainingError: if the graph gives no finite number for it: that is no fault of the image.
    """
    try:
        return graph.score_encoded(read_image(path), LIMITS)
    except ImageRejected as rejected:
        if rejected.reason is Reason.UNSCORABLE:
            raise TrainingError(f"{path}: {rejected}") from rejected
        raise


def score_images(graph: Graph, paths: Sequence[Path], progress: Progress) -> ScoredSet:
    """Score files of normal images that are known to be readable, each once.

    Raises:
        ImageRejected, OSError: if one cannot be read after all.
        TrainingError: as `score_file`.
    """
    images: list[ScoredImage] = []
    first: list[ShownImage] = []
    lowest, highest = Shortlist(lowest=True), Shortlist()
    for path in progress.track(paths, "calibrating", len(paths)):
        found = score_file(graph, path)
        images.append(ScoredImage.of(str(path), found))
        shown = ShownImage(path, path.name, found)
        lowest.add(shown)
        highest.add(shown)
        if len(first) < SIZE:
            first.append(shown)
    return ScoredSet(tuple(images), tuple(first), tuple(lowest.images), tuple(highest.images))


def judge_tests(graph: Graph, calibration: Calibration, tests: Sequence[TestImage], progress: Progress) -> JudgedSet:
    """Judge labelled images as the service would; a mask that cannot be used is left out, and its image kept.

    Raises:
        TrainingError: as `score_file`.
    """
    images: list[JudgedImage] = []
    left_out: list[LeftOut] = []
    false_alarms, misses, caught = Shortlist(), Shortlist(lowest=True), Shortlist()
    shortlists = {(False, "anomaly"): false_alarms, (True, "pass"): misses, (True, "anomaly"): caught}
    for test in progress.track(tests, "scoring test images", len(tests)):
        try:
            found = score_file(graph, test.path)
        except (OSError, ImageRejected) as error:
            left_out.append(LeftOut(test.path, ExclusionReason.UNREADABLE, str(error)))
            continue
        decision = decide(found.prediction.score, calibration)
        mask = usable_mask(test, found.size)
        if isinstance(mask, LeftOut):
            left_out.append(mask)
            mask = None
        is_defect = test.is_defect
        prediction = replace(found.prediction, anomaly_map=found.whole_map)
        images.append(JudgedImage(test.kind, is_defect, prediction, decision, found.size, mask))
        shortlist = shortlists.get((is_defect, decision))
        if shortlist is not None:
            shortlist.add(ShownImage(test.path, f"{test.kind}/{test.path.name}", found))
    shown = (tuple(each.images) for each in (false_alarms, misses, caught))
    return JudgedSet(tuple(images), tuple(left_out), *shown)
