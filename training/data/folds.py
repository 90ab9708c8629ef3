"""Folds of the normal set, for cross-conformal calibration: each is put aside in turn."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from training.data.normal_set import ImageFile
from training.data.split import (
    SMALLEST_SET,
    SMALLEST_TAIL_SET,
    PartImages,
    Split,
    cut,
    found,
    or_extrapolate,
    ranked_parts,
    rounded_up,
)
from training.errors import TooFewImages, TrainingError
from training.statistics.conformal import needed_for

CalibrationMethod = Literal["split", "cross"]
"""Some parts are put aside to calibrate, or all are learnt from and each is put aside in one of the folds."""

FOLDS = 5


def cross_split(images: Sequence[ImageFile], false_alarm_rate: float, seed: int, *, extrapolate: bool = False) -> Split:
    """All parts are learnt from, and one image of each calibrates in the fold that puts its part aside.

    Raises:
        TrainingError: as `check_enough`.
    """
    parts = ranked_parts(images, seed)
    check_enough(parts, false_alarm_rate, extrapolate=extrapolate)
    return in_folds(parts, parts)


def in_folds(ranked: Sequence[PartImages], calibrating: Sequence[PartImages]) -> Split:
    """The split in which all parts are learnt from, and these calibrate; they are dealt to the folds in turn."""
    dealt = [calibrating[first::FOLDS] for first in range(FOLDS)]
    return replace(
        cut(ranked, ()),
        calibration=tuple(part[0] for part in calibrating),
        folds=tuple(cut(ranked, fold) for fold in dealt),
        wider=cut(ranked, [*dealt[0], *dealt[1]]),
    )


def check_enough(parts: Sequence[PartImages], false_alarm_rate: float, *, extrapolate: bool) -> None:
    """Check that these parts are enough for the budget if all of them calibrate.

    Raises:
        TooFewImages: if they are not, unless it may be extrapolated.
        TrainingError: if there are too few to fit, or to extrapolate from, at all.
    """
    total = len(parts)
    smallest = SMALLEST_TAIL_SET // 2 if extrapolate else SMALLEST_SET
    if total < smallest:
        purpose = " for --tail extrapolate" if extrapolate else ""
        raise TrainingError(f"expected at least {smallest} normal images{purpose}, found {found(parts)}; collect more")
    needed = needed_for(false_alarm_rate)
    if total < needed and not extrapolate:
        rate = 1.0 / (total + 1)
        raise TooFewImages(
            f"expected at least {needed} normal images for a false-alarm rate of {false_alarm_rate:g}, found "
            f"{found(parts)}; collect more, or ask for --false-alarm-rate {rounded_up(rate):g} or "
            f"higher{or_extrapolate(total, SMALLEST_TAIL_SET // 2)}",
            smallest_false_alarm_rate=rate,
        )
