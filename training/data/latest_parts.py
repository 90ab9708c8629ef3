"""Latest parts: calibrating on those that a drifting line made last."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from training.data.folds import CalibrationMethod, check_enough, in_folds
from training.data.image_order import OrderName, time_order
from training.data.normal_set import ImageFile
from training.data.split import CALIBRATION_SHARE, PartImages, Split, calibration_size, cut, ranked_parts
from training.statistics.conformal import needed_for

CalibrateOn = Literal["all", "latest"]
"""Which parts may calibrate: any, or those that come last."""

WINDOW = 1.5
"""Calibration parts are chosen by rank among so many times as many, so that some of the latest are learnt, too."""


@dataclass(frozen=True, slots=True)
class Latest:
    """The latest parts, in order, and by what they are."""

    order: OrderName
    parts: list[PartImages]

    def sentence(self, calibrating: int) -> str:
        """Which images calibrate, for people."""
        images = [part[0] for part in self.parts]
        return (
            f"calibrating on {calibrating} of the latest {len(images)} parts by {self.order}, from "
            f"{images[0].path.name} to {images[-1].path.name}"
        )


def latest_split(
    images: Sequence[ImageFile],
    false_alarm_rate: float,
    seed: int,
    *,
    method: CalibrationMethod = "split",
    extrapolate: bool = False,
) -> tuple[Split, Latest]:
    """As `split_normal_set` or `cross_split`, but that parts of the latest half or less calibrate.

    In folds they are those that a split would put aside, or as many as the budget needs, if that is more than half.

    Raises:
        TrainingError: as `split_normal_set` and `cross_split`.
    """
    ranked = ranked_parts(images, seed)
    if method == "cross":
        check_enough(ranked, false_alarm_rate, extrapolate=extrapolate)
        wanted = max(round(CALIBRATION_SHARE * len(ranked)), needed_for(false_alarm_rate))
        last = latest_parts(ranked, min(len(ranked), wanted))
        return in_folds(ranked, last.parts), last
    size = calibration_size(ranked, false_alarm_rate, extrapolate=extrapolate)
    latest = latest_parts(ranked, min(len(ranked) // 2, round(WINDOW * size)))
    among = {part[0].part for part in latest.parts}
    return cut(ranked, [part for part in ranked if part[0].part in among][:size]), latest


def latest_parts(ranked: Sequence[PartImages], count: int) -> Latest:
    """The last parts in the order in which the line most likely made them; a part is where its last image is."""
    images = [(image, part) for part in ranked for image in part]
    order, places = time_order([image.path for image, _ in images])
    last: dict[str, PartImages] = {}
    for place in places:
        image, part = images[place]
        last.pop(image.part, None)
        last[image.part] = part
    return Latest(order, list(last.values())[-count:])
