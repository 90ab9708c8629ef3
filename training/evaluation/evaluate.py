"""Measuring a bundle on labelled test images."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from service.quality.intervals import clopper_pearson
from service.scoring.manifest import Evaluation
from training.errors import TrainingError
from training.evaluation.scored_images import JudgedImage
from training.statistics import detection_metrics

SEED = 0
"""Of the bootstrap: the same images always have the same interval."""


def evaluate(images: Sequence[JudgedImage], *, has_review: bool = False) -> Evaluation:
    """Count what was flagged, and measure how well scores separate defects from normal images and maps find them.

    Args:
        images: labelled and judged.
        has_review: whether there is a review threshold, so that what goes to review is counted.

    Raises:
        TrainingError: if there is not one image.
    """
    if not images:
        raise TrainingError("expected labelled images in DATA/test/<kind>/, found none; check DATA")
    by_kind: dict[str, list[bool]] = defaultdict(list)
    for image in images:
        by_kind[image.kind if image.is_defect else ""].append(image.decision == "anomaly")
    good = by_kind.pop("", [])
    bad = [flag for flags in by_kind.values() for flag in flags]
    return Evaluation(
        normal=len(good),
        defects=len(bad),
        false_alarms=sum(good),
        false_alarm_interval=clopper_pearson(sum(good), len(good)) if good else None,
        defects_flagged=sum(bad),
        by_kind={kind: (sum(flags), len(flags)) for kind, flags in sorted(by_kind.items())},
        normals_to_review=_to_review(images, defects=False) if has_review else None,
        defects_to_review=_to_review(images, defects=True) if has_review else None,
        masks=sum(image.mask is not None for image in images),
        **(_ranking(images) if good and bad else {"image_auroc": None}),
        **_overlap(images),
    )


def _scores(images: Sequence[JudgedImage], *, defects: bool) -> detection_metrics.Scores:
    return np.array([image.prediction.score for image in images if image.is_defect == defects])


def _to_review(images: Sequence[JudgedImage], *, defects: bool) -> int:
    return sum(image.decision == "review" for image in images if image.is_defect == defects)


def _ranking(images: Sequence[JudgedImage]) -> dict[str, Any]:
    normals, defects = _scores(images, defects=False), _scores(images, defects=True)
    kinds = np.array([image.kind for image in images if image.is_defect])
    return {
        "image_auroc": detection_metrics.auroc(normals, defects),
        "auroc_by_kind": {
            str(kind): detection_metrics.auroc(normals, defects[kinds == kind]) for kind in np.unique(kinds)
        },
        "image_auroc_interval": detection_metrics.auroc_interval(normals, defects, SEED),
        "average_precision": detection_metrics.average_precision(normals, defects),
        "tpr_at_fpr_1pct": detection_metrics.tpr_at_fpr(normals, defects, 0.01),
        "tpr_at_fpr_01pct": detection_metrics.tpr_at_fpr(normals, defects, 0.001),
    }


def _overlap(images: Sequence[JudgedImage]) -> dict[str, float | None]:
    """AUPRO of the defects that have a mask and of the normal images, where there is nothing to find."""
    known = [image for image in images if image.mask is not None or not image.is_defect]
    if all(image.mask is None for image in known):
        return {}
    thresholds = detection_metrics.thresholds_for([image.prediction.anomaly_map for image in known])
    overlap = detection_metrics.RegionOverlap(thresholds)
    for image in known:
        mask = np.zeros(image.size, np.bool_) if image.mask is None else image.mask.pixels()
        overlap.add(image.prediction.anomaly_map, mask)
    return {"aupro_30": overlap.area(0.30), "aupro_5": overlap.area(0.05)}
