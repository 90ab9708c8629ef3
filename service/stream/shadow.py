"""Shadowing: the challenger judges images as well; it decides nothing, and its errors stop nothing."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import structlog
from numpy.typing import NDArray

from service.bundles.challengers import Challengers
from service.metrics import Metrics
from service.scoring.scorer import Scorer
from service.scoring.verdict import Judgement, judge_score

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ShadowImage:
    """An image ready for its stream's challenger: uint8 [height, width, channels] as its input defines them."""

    scorer: Scorer
    pixels: NDArray[np.uint8]


class Shadow:
    """Has challengers judge what the champions judge, while the service keeps up with the line.

    `challenger`, `take` and `judge` run in the threads that decode and score, everything else in the main loop's.
    """

    def __init__(self, challengers: Challengers, metrics: Metrics, lag_records: int) -> None:
        """Shadowing pauses while more than `lag_records` images wait, and resumes at half of that."""
        self._challengers = challengers
        self._metrics = metrics
        self._lag_records = lag_records
        self._paused = False
        self._exported: set[str] = set()

    def challenger(self, stream: str, champion: Scorer) -> Scorer | None:
        """Whom an image is to be preprocessed for beside the champion; None if nobody is to judge it."""
        scorer = None if self._paused else self._challengers.get(stream)
        if scorer is None or scorer.bundle.id == champion.bundle.id:  # just promoted
            return None
        return scorer

    def take(
        self, stream: str, challenger: Scorer | None, prepared: Sequence[NDArray[np.uint8] | str]
    ) -> ShadowImage | None:
        """The challenger's input among what was prepared beside the champion's: at most one, or why there is none."""
        if challenger is None:
            return None
        (pixels,) = prepared
        if isinstance(pixels, str):  # the verdict is the champion's alone
            self._challengers.fail(stream, challenger, ValueError(pixels))
            return None
        return ShadowImage(challenger, pixels)

    def judge(self, stream: str, image: ShadowImage | None) -> Judgement | None:
        """The challenger's judgement; None without a challenger, or if it failed or was replaced."""
        if image is None or self._challengers.get(stream) is not image.scorer:
            return None
        started = time.perf_counter()
        try:
            score = image.scorer.run(image.pixels).score
            judgement = judge_score(score, image.scorer.bundle.manifest.calibration, image.scorer.bundle.id)
        except Exception as error:  # noqa: BLE001 - as above
            self._challengers.fail(stream, image.scorer, error)
            return None
        self._metrics.stage.labels("shadow").observe(time.perf_counter() - started)
        return judgement

    def update(self, lag: int) -> None:
        """Pause or resume, given the number of images that wait; and export which challengers judge."""
        challengers = self._challengers.all()
        paused = lag > (self._lag_records // 2 if self._paused else self._lag_records)
        if paused != self._paused and challengers:
            log.warning("shadowing paused" if paused else "shadowing goes on", images_waiting=lag)
        self._paused = paused
        for stream in self._exported - challengers.keys():
            self._metrics.shadow_paused.remove(stream)
        for stream in challengers:
            self._metrics.shadow_paused.labels(stream).set(paused or self._challengers.get(stream) is None)
        self._exported = set(challengers)
