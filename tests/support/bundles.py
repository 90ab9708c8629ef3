"""The tiny bundle of the tests, and what tests put into its manifest or do with its pointers."""

from pathlib import Path

from deploy.devtools.tiny_bundle import (
    CALIBRATION_SCORES,
    THRESHOLD,
    crown,
    part,
    png,
    point,
    write_bundle,
)
from deploy.devtools.tiny_graph import SIDE, brightness_graph
from service.scoring.bundle import CHALLENGER
from service.scoring.manifest import Calibration, DriftSpec

__all__ = [
    "CALIBRATION_SCORES",
    "SIDE",
    "THRESHOLD",
    "WATCHED",
    "WITH_REVIEW",
    "brightness_graph",
    "challenge",
    "crown",
    "part",
    "png",
    "withdraw",
    "write_bundle",
]

WITH_REVIEW = Calibration(
    false_alarm_rate=0.01,
    n=1,
    threshold=0.9,
    pixel_threshold=0.5,
    scores=(0.2,),
    review_rate=0.05,
    review_threshold=0.5,
)
"""A calibration with a second threshold, above which a part is to be reviewed."""

WATCHED = DriftSpec(
    parts_per_hour=1, average_run_length=730, ordinary_share=0.9, reference=200, drift_limit=9.0, burst_limit=7.0
)
"""For the manifest's `drift`: a slow line, watched by scores alone."""


def challenge(folder: Path) -> None:
    """Make a bundle its stream's challenger."""
    point(folder.parent / CHALLENGER, folder)


def withdraw(folder: Path) -> None:
    """Remove the challenger."""
    (folder.parent / CHALLENGER).unlink()
