"""Score and brightness of every image of a set, the normal ones also under each change."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deploy.benchmarks.perturbations import CHANGES
from service.scoring.bundle import Bundle
from service.scoring.decoding import decode
from service.scoring.drift import SIGNALS
from service.scoring.image_folder import find_image_files
from service.scoring.preprocessing import brightness, preprocess
from service.scoring.scorer import Scorer
from training.backend.quiet import quiet
from training.data.folder import find_tests
from training.data.pixels import LIMITS
from training.progress import Progress

SCORE = SIGNALS.index("score")
Parts = NDArray[np.float64]
"""[parts, 2]: the score of each, and the mean grey value of its preprocessed pixels."""


@dataclass(frozen=True, slots=True)
class Population:
    """Of one set: normal images that the fit did not see, as they are and under each change, and defects."""

    normal: Parts
    changed: Mapping[str, Parts]
    defects: Parts


def score_images(bundle: Bundle, path: Path, seed: int, progress: Progress) -> Population:
    """Score the calibration and test images of a set in MVTec layout; images that the fit learnt from are left out."""
    with quiet():
        scorer = Scorer(bundle)
    tests, trained = find_tests(path).images, find_image_files(path / "train" / "good").images
    images = [*((test.path, test.is_defect, True) for test in tests), *((image, False, False) for image in trained)]
    calibrated = set(bundle.manifest.calibration.scores)
    rng = np.random.default_rng(seed)

    def score(pixels: NDArray[np.uint8]) -> tuple[float, float]:
        return scorer.run(pixels).score, brightness(pixels)

    normal, defects = [], []
    changed: dict[str, list[tuple[float, float]]] = {name: [] for name in CHANGES}
    for image, is_defect, is_test in progress.track(images, "scoring", len(images)):
        pixels = preprocess(decode(image.read_bytes(), LIMITS), scorer.input)
        found = score(pixels)
        if is_defect:
            defects.append(found)
        elif is_test or found[SCORE] in calibrated:  # the fit learnt from the others
            normal.append(found)
            for name, change in CHANGES.items():
                changed[name].append(score(change(pixels, rng)))
    return Population(np.array(normal), {name: np.array(found) for name, found in changed.items()}, np.array(defects))
