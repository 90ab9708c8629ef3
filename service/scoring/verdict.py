"""The verdict on an image: its decision by the calibrated thresholds, its p-value and its anomalous regions."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from service.scoring.components import components
from service.scoring.graph import Prediction
from service.scoring.image import Size
from service.scoring.manifest import Calibration
from service.scoring.window import Window

Decision = Literal["pass", "review", "anomaly"]

MAX_REGIONS = 10
PEAK_SHARE = 0.8
"""If no pixel of an anomaly exceeds the pixel threshold, its region is what reaches this share of its peak."""


class Region(BaseModel):
    """A box around one anomalous region, in pixels of the original image; `peak` is its largest map value."""

    model_config = ConfigDict(frozen=True)

    x: int
    y: int
    width: int
    height: int
    peak: float


class Judgement(BaseModel):
    """One bundle's decision on one image, with its numbers: finite ones, since of no other there is a decision."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    score: float
    threshold: float
    review_threshold: float | None = None
    error_ratio: float = Field(description="score / threshold")
    p_value: float = Field(description="conformal p-value: (1 + #{calibration scores >= score}) / (n + 1)")
    decision: Decision
    bundle: str


class Verdict(Judgement):
    """A judgement with the anomalous regions of the image."""

    regions: tuple[Region, ...] = ()


def judge(prediction: Prediction, calibration: Calibration, bundle: str, size: Size, covers: Window) -> Verdict:
    """Decide one image: an anomaly iff its score is above the threshold, to be reviewed iff only above the other.

    Args:
        prediction: the graph's outputs for it.
        calibration: the bundle's calibration.
        bundle: the bundle's id.
        size: (height, width) of the original image, in pixels, for the regions of images that do not pass.
        covers: what of it the anomaly map covers.
    """
    found = _judged(prediction.score, calibration, bundle)
    if found["decision"] == "pass":
        return Verdict(**found)
    return Verdict(**found, regions=find_regions(prediction.anomaly_map, calibration.pixel_threshold, size, covers))


def judge_score(score: float, calibration: Calibration, bundle: str) -> Judgement:
    """The decision and its numbers, by the score alone."""
    return Judgement(**_judged(score, calibration, bundle))


def _judged(score: float, calibration: Calibration, bundle: str) -> dict[str, Any]:
    return {
        "score": score,
        "threshold": calibration.threshold,
        "review_threshold": calibration.review_threshold,
        "error_ratio": score / calibration.threshold,
        "p_value": p_value(score, calibration.scores),
        "decision": decide(score, calibration),
        "bundle": bundle,
    }


def decide(score: float, calibration: Calibration) -> Decision:
    """The decision on a part with this score."""
    if score > calibration.threshold:
        return "anomaly"
    if calibration.review_threshold is not None and score > calibration.review_threshold:
        return "review"
    return "pass"


def p_value(score: float, calibration_scores: Sequence[float]) -> float:
    """The conformal p-value of a score against ascending calibration scores.

    Source: Vovk, Gammerman & Shafer, Algorithmic Learning in a Random World (2005), chapter 2.
    """
    n = len(calibration_scores)
    at_least = n - bisect_left(calibration_scores, score)
    return (1 + at_least) / (n + 1)


def find_regions(
    anomaly_map: NDArray[np.float32], pixel_threshold: float, size: Size, covers: Window
) -> tuple[Region, ...]:
    """Boxes around the connected regions of a map [h, w] above the pixel threshold, strongest first.

    Every anomaly has a region: where nothing is above the pixel threshold, the surroundings of the peak.

    Args:
        anomaly_map: as the graph gives it.
        pixel_threshold: of the calibration.
        size: (height, width) of the original image, which no box leaves.
        covers: what of it the map covers.
    """
    level = min(pixel_threshold, PEAK_SHARE * float(anomaly_map.max()))
    down, across = covers.height / anomaly_map.shape[0], covers.width / anomaly_map.shape[1]
    regions = []
    for found in components(anomaly_map, level)[:MAX_REGIONS]:
        left, right = _ends(covers.left + found.left * across, covers.left + found.right * across, size[1])
        top, bottom = _ends(covers.top + found.top * down, covers.top + found.bottom * down, size[0])
        regions.append(Region(x=left, y=top, width=right - left, height=bottom - top, peak=found.peak))
    return tuple(regions)


def _ends(low: float, high: float, side: int) -> tuple[int, int]:
    """In whole pixels within the image, at least one of them."""
    start = min(max(0, int(low)), side - 1)
    return start, min(side, max(start + 1, round(high)))
