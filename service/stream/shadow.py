"""What a challenger says of an image in the champion's shadow; it decides nothing, and can stop nothing."""

import math
import time
from dataclasses import dataclass

import numpy as np
import structlog
from numpy.typing import NDArray

from service.bundles.challengers import Challengers
from service.metrics import Metrics
from service.scoring.image import Pixels, preprocess
from service.scoring.scorer import Scorer
from service.scoring.verdict import Judgement, judge_score

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Shadowed:
    """An image ready for its stream's challenger: uint8 [height, width, channels] as its input says."""

    scorer: Scorer
    pixels: NDArray[np.uint8]


class Shadow:
    """Has challengers judge beside the champions, as long as the line keeps up.

    `preprocess` runs in the decoding threads, everything else in the main loop's.
    """

    def __init__(self, challengers: Challengers, metrics: Metrics, lag_records: int) -> None:
        """Shadowing pauses above `lag_records` images waiting, and goes on at half of it."""
        self._challengers = challengers
        self._metrics = metrics
        self._lag_records = lag_records
        self._paused = False
        self._shown: set[str] = set()

    def preprocess(self, stream: str, image: Pixels, champion: Scorer) -> Shadowed | None:
        """Preprocess a decoded image again for the challenger, whose input may differ; None if it is not to judge."""
        scorer = None if self._paused else self._challengers.get(stream)
        if scorer is None or scorer.bundle.id == champion.bundle.id:  # just promoted
            return None
        try:
            return Shadowed(scorer, preprocess(image, scorer.input))
        except Exception as error:  # noqa: BLE001 - whatever it is, the verdict is the champion's alone
            self._challengers.fail(stream, scorer, error)
            return None

    def judge(self, stream: str, shadowed: Shadowed | None) -> Judgement | None:
        """What the challenger says; None if it has nothing to say."""
        if shadowed is None or self._challengers.get(stream) is not shadowed.scorer:
            return None
        started = time.perf_counter()
        try:
            score = shadowed.scorer.score([shadowed.pixels])[0].score
            if not math.isfinite(score):
                raise ValueError(f"expected a score, found {score}")  # noqa: TRY301 - JSON has no such number
        except Exception as error:  # noqa: BLE001 - as above
            self._challengers.fail(stream, shadowed.scorer, error)
            return None
        self._metrics.stage.labels("shadow").observe(time.perf_counter() - started)
        bundle = shadowed.scorer.bundle
        return judge_score(score, bundle.manifest.calibration, bundle.id)

    def follow(self, lag: int) -> None:
        """Pause or go on, as so many images wait; and tell which challengers judge."""
        challengers = self._challengers.all()
        paused = lag > (self._lag_records // 2 if self._paused else self._lag_records)
        if paused != self._paused and challengers:
            log.warning("shadowing paused" if paused else "shadowing goes on", images_waiting=lag)
        self._paused = paused
        for stream in self._shown - challengers.keys():
            self._metrics.shadow_paused.remove(stream)
        for stream in challengers:
            self._metrics.shadow_paused.labels(stream).set(paused or self._challengers.get(stream) is None)
        self._shown = set(challengers)
