"""The request for a fit, and its checks before any image is read."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from service.record.image_archive import Archive
from service.scoring.bundle import BundleStore
from service.scoring.manifest import Precision
from service.scoring.name_pattern import NamePattern
from training.autoencoders.registry import check_name
from training.bundles.writer import check_writable
from training.calibration.drift_limits import PARTS_PER_HOUR
from training.data.folds import CalibrationMethod
from training.data.framing import Framing
from training.data.latest_parts import CalibrateOn
from training.errors import TrainingError
from training.pipelines.origin_split import OriginSplit

SMALLEST_RATE = 1e-6
"""The smallest false-alarm budget: nobody has the images that a smaller one needs."""


@dataclass(frozen=True, slots=True)
class FitRequest:
    """The images, the stream, and how to fit."""

    data: Path
    stream: str
    store: BundleStore
    autoencoder: str = "feature"
    options: dict[str, Any] = field(default_factory=dict)
    false_alarm_rate: float = 0.01
    calibration: CalibrationMethod = "cross"
    """Whether some images are put aside for calibration, or all are learnt from and calibrate in folds."""
    calibrate_on: CalibrateOn = "all"
    """Which images may calibrate: of all, or of the latest part, for a line that drifted."""
    extrapolate: bool = False
    """Whether a set too small for the rate gets an estimated threshold instead of a refusal."""
    review_rate: float | None = None
    """The share of good parts that may be reviewed or flagged, above false_alarm_rate; None for no review."""
    framing: Framing = field(default_factory=Framing)
    """How images become the graph's input."""
    precision: Precision | None = None
    """Of the graph; None for the autoencoder's usual one."""
    parts_per_hour: float = PARTS_PER_HOUR
    """What the line makes, for one false alarm of drift a month."""
    seed: int = 0
    part_from_name: NamePattern | None = None
    """Its first group is the part, in a file's name; None: names say nothing."""
    archive: Archive | None = None
    """Where the normal images are kept, for the day they are gone from their folder."""
    origins: OriginSplit | None = None
    """Where the images are from, if some were collected from the line; None: all are of the original set."""


def check(request: FitRequest) -> None:
    """Refuse what can be refused before any image is read.

    Raises:
        TrainingError: if a name or a rate cannot be used, or nothing can be written into the store.
        BundleError: if the stream's name is not valid.
    """
    check_name(request.autoencoder)
    if not 0.0 < request.false_alarm_rate < 1.0:
        raise TrainingError(
            f"expected a false-alarm rate above 0 and below 1, such as 0.01, found {request.false_alarm_rate:g}"
        )
    if request.false_alarm_rate < SMALLEST_RATE:
        raise TrainingError(
            f"expected a false-alarm rate of at least {SMALLEST_RATE:g}, for which a million normal images are needed, "
            f"found {request.false_alarm_rate:g}; ask for a larger one, such as 0.01"
        )
    if request.review_rate is not None and not request.false_alarm_rate < request.review_rate < 1.0:
        raise TrainingError(
            f"expected a review rate above the false-alarm rate {request.false_alarm_rate:g} and below 1, since it "
            f"counts what is reviewed and what is flagged, found {request.review_rate:g}; "
            "give a larger --review-rate, or leave it out for no review"
        )
    check_writable(request.store, request.stream)
