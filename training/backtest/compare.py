"""Comparing champion and challenger on the same images."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import heappush, heappushpop
from time import perf_counter
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from service.scoring.graph import ImagePrediction
from service.scoring.image import Decoded, ImageRejected, Reason
from service.scoring.input_spec import InputSpec
from service.scoring.manifest import Calibration
from service.scoring.map_rendering import overlay
from service.scoring.preprocessing import to_uint8
from service.scoring.scorer import Scorer
from service.scoring.verdict import decide
from training.backtest.result import Backtest, Decided
from training.backtest.samples import Sample, Samples
from training.backtest.summary import PairedResult, summarise
from training.bundles.history import user
from training.calibration.threshold import at_budget
from training.data.exclusions import report_left_out, total
from training.data.pixels import decoded_or_none
from training.errors import TrainingError
from training.progress import Progress
from training.report.images import TILE_SIDE, picture, shrunk

SHOWN = 24
"""Flips of each direction that are shown as images."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A flipped image with the anomaly maps of both laid over it, as data URIs."""

    result: PairedResult
    image: str
    champion: str
    challenger: str


@dataclass(frozen=True, slots=True)
class Compared:
    """The figures, and the worst flips of each direction with their images, the worst first."""

    result: Backtest
    newly_flagged: list[Shown]
    no_longer_flagged: list[Shown]


@dataclass(frozen=True, slots=True)
class _Judged:
    """One image under one bundle: its prediction, the decision, and the seconds to preprocess and score it."""

    image: ImagePrediction
    decided: Decided
    seconds: float


class _Contender:
    """One of the two bundles, at the common budget."""

    def __init__(self, scorer: Scorer, false_alarm_rate: float) -> None:
        self.scorer = scorer
        self.in_force: Calibration = scorer.bundle.manifest.calibration
        self.calibration = at_budget(self.in_force, false_alarm_rate)

    def judge(self, image: Decoded) -> _Judged:
        started = perf_counter()
        found = self.scorer.score_decoded(image)
        seconds = perf_counter() - started
        score = found.prediction.score
        decided = Decided(
            score=score,
            error_ratio=score / self.calibration.threshold,
            decision=decide(score, self.calibration),
            decision_in_force=decide(score, self.in_force),
        )
        return _Judged(found, decided, seconds)

    def draw(self, judged: _Judged, whole: NDArray[np.uint8] | None) -> str:
        """Its map over what it sees of an image, or over the whole of it, uint8 [height, width, 1 or 3]."""
        found = judged.image
        pixels, anomaly_map = (
            (found.pixels, found.prediction.anomaly_map) if whole is None else (whole, found.whole_map)
        )
        return picture(overlay(pixels, anomaly_map, self.in_force.pixel_threshold))


class _Worst:
    """The worst flips in one direction, in bounded memory."""

    def __init__(self) -> None:
        self._heap: list[tuple[tuple[int, float], int, Shown]] = []
        self._added = 0

    def add(self, shown: Shown) -> None:
        self._added += 1  # equally bad flips have no order of their own
        entry = (shown.result.badness, -self._added, shown)
        if len(self._heap) < SHOWN:
            heappush(self._heap, entry)
        else:
            heappushpop(self._heap, entry)

    def all(self) -> list[Shown]:
        return [shown for _, _, shown in sorted(self._heap, key=lambda entry: entry[:2], reverse=True)]


def compare(champion: Scorer, challenger: Scorer, samples: Samples, progress: Progress) -> Compared:
    """Score each image with both bundles, which take turns to go first, at the champion's false-alarm budget.

    Raises:
        TrainingError: if not one image can be read, or the challenger cannot be brought to the champion's budget.
    """
    budget = champion.bundle.manifest.calibration.false_alarm_rate
    first, second = _Contender(champion, budget), _Contender(challenger, budget)
    results: list[PairedResult] = []
    worst: dict[Literal["newly", "no longer"], _Worst] = {"newly": _Worst(), "no longer": _Worst()}
    report_left_out(samples.left_out, progress)
    left_out = total(samples.left_out)
    for sample, images in _decoded(samples, (champion.input, challenger.input), progress):
        if images is None or sample.data is None:
            left_out += 1
            continue
        try:
            if len(results) % 2:  # the second one finds the image in the processor's cache
                after = second.judge(images[1])
                before = first.judge(images[0])
            else:
                before = first.judge(images[0])
                after = second.judge(images[1])
        except ImageRejected as rejected:
            if rejected.reason is Reason.UNSCORABLE:
                raise TrainingError(f"{sample.name}: {rejected}") from rejected
            left_out += 1
            continue
        digest = hashlib.sha256(sample.data).hexdigest()
        found = before.decided, after.decided, before.seconds, after.seconds
        result = PairedResult(sample.name, sample.kind, digest, *found, sample.stands_for)
        results.append(result)
        if result.is_flip:
            whole = _whole(images[0], champion.input, challenger.input)
            plain = picture(before.image.pixels if whole is None else whole)
            shown = Shown(result, plain, first.draw(before, whole), second.draw(after, whole))
            worst["newly" if result.after_flags else "no longer"].add(shown)
    if not results:
        raise TrainingError(f"expected images that can be read in {samples.source}, found none; check it")
    backtest = summarise(
        results,
        champion=(champion.bundle, first.calibration),
        challenger=(challenger.bundle, second.calibration),
        rates=samples.rates,
        made={"at": datetime.now(UTC), "by": user(), "source": samples.source, "left_out": left_out},
    )
    return Compared(backtest, worst["newly"].all(), worst["no longer"].all())


def _whole(image: Decoded, first: InputSpec, second: InputSpec) -> NDArray[np.uint8] | None:
    """The whole image, uint8 [height, width, 1 or 3], to lay both maps over; None if both see the same part of it."""
    if (first.roi, first.resize) == (second.roi, second.resize):
        return None
    return shrunk(np.atleast_3d(to_uint8(image.pixels, first.black, first.white)), TILE_SIDE)


def _decoded(
    samples: Samples, specs: Sequence[InputSpec], progress: Progress
) -> Iterator[tuple[Sample, list[Decoded] | None]]:
    """Each sample, decoded for each of `specs`; None for one that is gone or unreadable, which is reported."""
    for sample in progress.track(samples.images, "comparing", samples.total):
        images = None if sample.data is None else decoded_or_none(sample.data, specs)
        if images is None:
            progress.say(f"left out, gone or unreadable: {sample.name}")
        yield sample, images
