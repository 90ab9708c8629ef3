"""Sensitivity: the share of synthetic defects caught, by kind, size and contrast; needs no defect image."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from service.scoring.graph import Graph
from service.scoring.manifest import Sensitivity
from training.data.preprocessed import read_preprocessed
from training.data.synthetic_defects import CONTRASTS, KINDS, SIZES, add_defect, defect_rng
from training.evaluation.scored_images import ScoredImage
from training.progress import Progress

IMAGES = 6
"""With these and four kinds, 288 images are scored."""

CAUGHT = 0.9
"""The recall from which a defect counts as caught."""


def measure_sensitivity(
    graph: Graph, threshold: float, normals: Sequence[ScoredImage], seed: int, progress: Progress
) -> Sensitivity | None:
    """The share of synthetic defects that score above the threshold, for each kind, size and contrast.

    Each kind of defect lies at the same position of the same image in every cell of its table, so that cells differ in
    size and contrast alone. Normal images that are flagged as they are would count as caught, and are not used.

    Args:
        graph: what scores them.
        threshold: above it a score counts as caught.
        normals: held-out normal images in files, scored by the graph.
        seed: decides the images and the defects.
        progress: shows how far it is.

    Returns:
        None if not one normal image passes.
    """
    passing = [Path(normal.key) for normal in normals if normal.score <= threshold]
    if not passing:
        return None
    random = np.random.default_rng(seed)
    chosen = random.choice(len(passing), min(IMAGES, len(passing)), replace=False)
    images = [read_preprocessed(passing[row], graph.input) for row in sorted(chosen)]
    flagged = np.zeros((len(KINDS), len(SIZES), len(CONTRASTS)), np.int64)
    ignored = graph.input.ignored
    cells = list(np.ndindex(flagged.shape))
    for k, s, c in progress.track(cells, "adding synthetic defects", len(cells)):
        for number, image in enumerate(images):
            defective = add_defect(image, list(KINDS)[k], SIZES[s], CONTRASTS[c], defect_rng(seed, k, number), ignored)
            flagged[k, s, c] += graph.run(defective).score > threshold
    recall = flagged / len(images)
    return Sensitivity(
        images=len(images),
        sizes=SIZES,
        contrasts=CONTRASTS,
        recall={kind: tuple(map(tuple, recall[k].tolist())) for k, kind in enumerate(KINDS)},
    )


def smallest_caught(sensitivity: Sensitivity, kind: str, side: int) -> str:
    """One sentence: the smallest defect of a kind that is caught, at the lowest contrast at which it is.

    Args:
        sensitivity: the table.
        kind: a kind of defect in it.
        side: the longer side of preprocessed images, in pixels.
    """
    for size, row in zip(sensitivity.sizes, sensitivity.recall[kind], strict=True):
        for contrast, recall in zip(sensitivity.contrasts, row, strict=True):
            if recall >= CAUGHT:
                return (
                    f"smallest {kind} caught (at least {CAUGHT:.0%} of those drawn): {size:.0%} of the image's side, "
                    f"{size * side:.0f} of {side} pixels, at a contrast of {contrast:.0%} of full scale "
                    f"({round(recall * sensitivity.images)} of {sensitivity.images})"
                )
    return (
        f"no {kind} was caught (at least {CAUGHT:.0%} of those drawn), up to {sensitivity.sizes[-1]:.0%} of the "
        f"image's side and a contrast of {sensitivity.contrasts[-1]:.0%} of full scale"
    )
