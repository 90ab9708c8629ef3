"""Splitting the normal set into fit, validation and calibration.

Parts are split, not images: near-duplicates stay together, since an image whose near-duplicate was fitted scores lower
than one of a new part. Of a part chosen for calibration ONE image calibrates, and the others are not used. Conformal
calibration needs scores that are exchangeable with that of a new part, and the n it counts are then the parts (single
subsampling: Dunn, Wasserman & Ramdas, "Distribution-Free Prediction Sets for Two-Layer Hierarchical Models", Journal of
the American Statistical Association 118, 2023).
"""

import hashlib
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from training.data.normal_set import ImageFile
from training.errors import TooFewImages, TrainingError
from training.statistics.conformal import needed_for, smallest_rate

CALIBRATION_SHARE = 0.25
VALIDATION_SHARE = 0.1
SMALLEST_VALIDATION = 3
SMALLEST_SET = 16
SMALLEST_TAIL_SET = 40
"""Half of this many normal parts is the least that a tail is fitted to."""

SPARE = 1.1
"""A threshold that is the very largest calibration score is a noisy one: take a tenth more if it can be had."""

PartImages = list[ImageFile]
"""All images of one part; the first may calibrate."""


@dataclass(frozen=True, slots=True)
class Split:
    """Three shares of the normal set, each in order of rank, and the near-duplicates of calibration images.

    They are disjoint, unless there are folds: then all images are fitted or validate, and those that calibrate are
    scored by what is fitted on the fold that has put them aside.
    """

    fit: tuple[ImageFile, ...]
    validation: tuple[ImageFile, ...]
    calibration: tuple[ImageFile, ...]
    unused: tuple[ImageFile, ...] = ()
    folds: tuple["Split", ...] = ()
    """Each a disjoint split; together their calibration images are those of the whole."""
    wider: "Split | None" = None
    """A split that puts the first two folds aside, to see what it changes to learn from fewer images."""


def split_normal_set(
    images: Sequence[ImageFile],
    false_alarm_rate: float,
    seed: int,
    *,
    extrapolate: bool = False,
) -> Split:
    """Rank parts, then cut: the first ones calibrate, the next validate, the others are fitted.

    Raises:
        TrainingError: as `calibration_size`.
    """
    ranked = ranked_parts(images, seed)
    return cut(ranked, ranked[: calibration_size(ranked, false_alarm_rate, extrapolate=extrapolate)])


def cut(ranked: Sequence[PartImages], calibrating: Sequence[PartImages]) -> Split:
    """The split in which these of all parts calibrate; the first others validate."""
    validation = max(SMALLEST_VALIDATION, round(VALIDATION_SHARE * len(ranked)))
    chosen = {part[0].part for part in calibrating}
    rest = [part for part in ranked if part[0].part not in chosen]
    return Split(
        fit=tuple(image for part in rest[validation:] for image in part),
        validation=tuple(image for part in rest[:validation] for image in part),
        calibration=tuple(part[0] for part in calibrating),
        unused=tuple(image for part in calibrating for image in part[1:]),
    )


def ranked_parts(images: Sequence[ImageFile], seed: int) -> list[PartImages]:
    """The images of each part; parts, and images within one, by a hash of their content and the seed alone.

    A part is ranked by one digest however many images it has: the smallest hash of many would come first too often.
    """
    members: dict[str, PartImages] = defaultdict(list)
    for image in sorted(images, key=lambda image: _rank(image.digest, seed)):
        members[image.part].append(image)
    return [members[part] for part in sorted(members, key=lambda part: _rank(part, seed))]


def _rank(digest: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}:{digest}".encode()).digest()


def calibration_size(parts: Sequence[PartImages], false_alarm_rate: float, *, extrapolate: bool) -> int:
    """How many of the parts calibrate.

    Raises:
        TooFewImages: if half of the parts are too few to calibrate for the budget, unless it may be extrapolated.
        TrainingError: if there are too few to fit, or to extrapolate from, at all.
    """
    total = len(parts)
    smallest = SMALLEST_TAIL_SET if extrapolate else SMALLEST_SET
    if total < smallest:
        purpose = " for --tail extrapolate" if extrapolate else ""
        raise TrainingError(f"expected at least {smallest} normal images{purpose}, found {found(parts)}; collect more")
    needed, most = needed_for(false_alarm_rate), total // 2
    if needed > most and not extrapolate:
        rate = smallest_rate(total)
        cross = ", for --calibration cross, in which all of them calibrate" if needed <= total else ""
        raise TooFewImages(
            f"expected at least {2 * needed} normal images, found {found(parts)}: a false-alarm rate of "
            f"{false_alarm_rate:g} needs {needed} of them in calibration, which may take half; collect more, "
            f"or ask for --false-alarm-rate {rounded_up(rate):g} or higher{cross}"
            f"{or_extrapolate(total, SMALLEST_TAIL_SET)}",
            smallest_false_alarm_rate=rate,
        )
    return min(most, max(round(CALIBRATION_SHARE * total), math.ceil(SPARE * needed)))


def found(parts: Sequence[PartImages]) -> str:
    """How many images of how many parts there are, as part of a sentence."""
    total, images = len(parts), sum(len(part) for part in parts)
    return f"{total}" if total == images else f"{images} of only {total} parts, near-duplicates and copies counted once"


def or_extrapolate(total: int, smallest: int) -> str:
    """The end of a sentence that offers an estimate where parts suffice for one."""
    return ", or for --tail extrapolate, which guarantees nothing" if total >= smallest else ""


def rounded_up(rate: float) -> float:
    """To four decimals, never below the rate itself."""
    return math.ceil(rate * 1e4) / 1e4
