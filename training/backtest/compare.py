"""Running the same images through champion and challenger."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import heappush, heappushpop
from time import perf_counter
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from service.scoring.anomaly_map import overlay
from service.scoring.graph import Prediction
from service.scoring.image import ImageRejected, Pixels, decode, preprocess
from service.scoring.manifest import Calibration
from service.scoring.scorer import Scorer
from service.scoring.verdict import decide
from training.backtest.result import Backtest, Decided
from training.backtest.samples import Sample, Samples
from training.backtest.summary import PairedResult, summarise
from training.bundles.history import user
from training.calibration.threshold import at_budget
from training.data.folder import LIMITS
from training.errors import TrainingError
from training.progress import Progress
from training.report.images import picture

SHOWN = 24
"""Of each direction, so many flips are shown with pictures."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A flipped image with the anomaly maps of both laid over it, as data URIs."""

    tried: PairedResult
    image: str
    champion: str
    challenger: str


@dataclass(frozen=True, slots=True)
class Compared:
    """The figures, and the worst flips of each direction with pictures, the worst first."""

    result: Backtest
    newly_flagged: list[Shown]
    no_longer_flagged: list[Shown]


@dataclass(frozen=True, slots=True)
class _Seen:
    """An image as one bundle sees it, and what it said."""

    pixels: NDArray[np.uint8]
    scored: Prediction
    said: Decided
    seconds: float


class _Contender:
    """One of the two bundles, at the common budget."""

    def __init__(self, scorer: Scorer, false_alarm_rate: float) -> None:
        self.scorer = scorer
        self.in_force: Calibration = scorer.bundle.manifest.calibration
        self.calibration = at_budget(self.in_force, false_alarm_rate)

    def judge(self, image: Pixels) -> _Seen:
        started = perf_counter()
        pixels = preprocess(image, self.scorer.input)
        scored = self.scorer.score([pixels])[0]
        seconds = perf_counter() - started
        said = Decided(
            score=scored.score,
            error_ratio=scored.score / self.calibration.threshold,
            decision=decide(scored.score, self.calibration),
            decision_in_force=decide(scored.score, self.in_force),
        )
        return _Seen(pixels, scored, said, seconds)

    def draw(self, seen: _Seen) -> str:
        return picture(overlay(seen.pixels, seen.scored.anomaly_map, self.in_force.pixel_threshold))


class _Worst:
    """The worst flips in one direction, as many as are shown; memory does not grow with the images."""

    def __init__(self) -> None:
        self._heap: list[tuple[tuple[int, float], int, Shown]] = []
        self._added = 0

    def add(self, shown: Shown) -> None:
        self._added += 1  # what is equally bad has no order of its own
        entry = (shown.tried.badness, -self._added, shown)
        if len(self._heap) < SHOWN:
            heappush(self._heap, entry)
        else:
            heappushpop(self._heap, entry)

    def all(self) -> list[Shown]:
        return [shown for _, _, shown in sorted(self._heap, key=lambda entry: entry[:2], reverse=True)]


def compare(champion: Scorer, challenger: Scorer, samples: Samples, progress: Progress) -> Compared:
    """Score each image with both, the two in turn first, at the champion's false-alarm budget.

    Raises:
        TrainingError: if not one image can be read, or the challenger cannot be brought to the champion's budget.
    """
    budget = champion.bundle.manifest.calibration.false_alarm_rate
    first, second = _Contender(champion, budget), _Contender(challenger, budget)
    tried: list[PairedResult] = []
    worst: dict[Literal["newly", "no longer"], _Worst] = {"newly": _Worst(), "no longer": _Worst()}
    left_out = 0
    for sample, image in _decoded(samples, progress):
        if image is None or sample.data is None:
            left_out += 1
            continue
        if len(tried) % 2:  # whoever comes second finds the image in the processor's cache
            after = second.judge(image)
            before = first.judge(image)
        else:
            before = first.judge(image)
            after = second.judge(image)
        digest = hashlib.sha256(sample.data).hexdigest()
        said = before.said, after.said, before.seconds, after.seconds
        done = PairedResult(sample.name, sample.kind, digest, *said, sample.stands_for)
        tried.append(done)
        if done.is_flip:
            shown = Shown(done, picture(before.pixels), first.draw(before), second.draw(after))
            worst["newly" if done.after_flags else "no longer"].add(shown)
    if not tried:
        raise TrainingError(f"expected images that can be read in {samples.source}, found none; check it")
    result = summarise(
        tried,
        champion=(champion.bundle, first.calibration),
        challenger=(challenger.bundle, second.calibration),
        rates=samples.rates,
        made={"at": datetime.now(UTC), "by": user(), "source": samples.source, "left_out": left_out},
    )
    return Compared(result, worst["newly"].all(), worst["no longer"].all())


def _decoded(samples: Samples, progress: Progress) -> Iterator[tuple[Sample, Pixels | None]]:
    """Each sample with its pixels; None for one that is gone or unreadable, which is said."""
    for sample in progress.track(samples.images, "comparing", samples.total):
        try:
            yield sample, None if sample.data is None else decode(sample.data, LIMITS)
        except ImageRejected as error:
            progress.say(f"left out, unreadable: {sample.name} ({error})")
            yield sample, None
