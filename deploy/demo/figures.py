"""Figures of one run of the demo: verdicts, false alarms, defects found, latency."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import floor
from typing import Any

import numpy as np
from scipy.stats import betabinom
from sklearn.metrics import roc_auc_score

from deploy.demo.images import LineImage
from deploy.devtools.commands.linewatch_train import Guarantee

VERDICT, DEAD_LETTER = "verdict", "dead_letter"


@dataclass(frozen=True)
class Answer:
    """One record of the verdicts or the dead-letter topic, and how long after its capture it was read (seconds).

    The fields after `latency_s` mean nothing for a dead letter.
    """

    part_id: str
    kind: str
    latency_s: float
    score: float = 0.0
    flagged: bool = False
    asked: bool = False
    """Whether people are asked about it, for any reason."""
    to_review: bool = False
    """Whether it lies between the two thresholds."""
    challenger_flags: bool | None = None
    """Whether the challenger would have flagged it; None where there was none."""


@dataclass(frozen=True)
class Tally:
    """Images sent, and how many of them were flagged."""

    sent: int
    flagged: int


@dataclass(frozen=True)
class Figures:
    """The outcome of one demo run."""

    images_sent: int
    verdicts: int
    dead_letters: int
    unaccounted: int
    doubled: int
    by_label: dict[str, Tally]
    defects: Tally
    normal: Tally
    guarantee: Guarantee
    auroc: float | None
    latency_ms: dict[str, float | None]
    images_per_second: float
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def every_image_has_one_verdict(self) -> bool:
        return self.unaccounted == self.doubled == self.dead_letters == 0

    def as_json(self) -> dict[str, Any]:
        """What build/demo.json holds, but for the machine."""
        return {
            "images_sent": self.images_sent,
            "verdicts": self.verdicts,
            "dead_letters": self.dead_letters,
            "unaccounted": self.unaccounted,
            "doubled": self.doubled,
            "defects": {"sent": self.defects.sent, "flagged": self.defects.flagged},
            "false_alarms": {
                "normal_sent": self.normal.sent,
                "flagged": self.normal.flagged,
                "budget": self.guarantee.budget,
            },
            "auroc": self.auroc,
            "latency_ms": self.latency_ms,
            "images_per_second": self.images_per_second,
            "seconds": self.seconds,
        }


def summarise(
    sent: Sequence[LineImage],
    answers: Iterable[Answer],
    *,
    guarantee: Guarantee,
    stream_seconds: float,
    seconds: dict[str, float],
) -> Figures:
    """Compare what was sent with what came back.

    A part is unaccounted if it has neither verdict nor dead letter, and doubled if it has more than one of
    them together. Flags and scores are those of its first verdict. Percentiles are over verdicts.
    """
    answers = list(answers)
    times = Counter(answer.part_id for answer in answers)
    verdicts: dict[str, Answer] = {}
    for answer in answers:
        if answer.kind == VERDICT:
            verdicts.setdefault(answer.part_id, answer)
    by_label = _tally(sent, verdicts)
    return Figures(
        images_sent=len(sent),
        verdicts=sum(answer.kind == VERDICT for answer in answers),
        dead_letters=sum(answer.kind == DEAD_LETTER for answer in answers),
        unaccounted=sum(times[image.part_id] == 0 for image in sent),
        doubled=sum(times[image.part_id] > 1 for image in sent),
        by_label=by_label,
        defects=_total(sent, verdicts, normal=False),
        normal=_total(sent, verdicts, normal=True),
        guarantee=guarantee,
        auroc=_auroc(sent, verdicts),
        latency_ms=_latency(list(verdicts.values())),
        images_per_second=len(sent) / stream_seconds,
        seconds=seconds,
    )


def likely_false_alarms(normal_sent: int, guarantee: Guarantee) -> tuple[int, int]:
    """The range that 95 % of lines fall into, over new calibration sets and new good parts alike.

    The share of good parts above the k-th smallest of n calibration scores is itself random, Beta(n + 1 - k, k)
    distributed: Vovk, "Conditional validity of inductive conformal predictors" (2012), section 3.
    """
    n = guarantee.calibration_images
    above = max(1, floor((n + 1) * guarantee.budget + 1e-9))
    low, high = betabinom.interval(0.95, normal_sent, above, n + 1 - above)
    return int(low), int(high)


def _tally(sent: Sequence[LineImage], verdicts: dict[str, Answer]) -> dict[str, Tally]:
    labelled: dict[str, list[LineImage]] = defaultdict(list)
    for image in sent:
        labelled[image.label].append(image)
    return {label: Tally(len(images), _flagged(images, verdicts)) for label, images in sorted(labelled.items())}


def _total(sent: Sequence[LineImage], verdicts: dict[str, Answer], *, normal: bool) -> Tally:
    images = [image for image in sent if image.is_normal == normal]
    return Tally(len(images), _flagged(images, verdicts))


def _flagged(images: Iterable[LineImage], verdicts: dict[str, Answer]) -> int:
    return sum(image.part_id in verdicts and verdicts[image.part_id].flagged for image in images)


def _auroc(sent: Sequence[LineImage], verdicts: dict[str, Answer]) -> float | None:
    """Over the images that have a verdict; None where there are not both normal images and defects."""
    scored = [image for image in sent if image.part_id in verdicts]
    truth = [not image.is_normal for image in scored]
    if len(set(truth)) < 2:  # noqa: PLR2004 - two classes
        return None
    return float(roc_auc_score(truth, [verdicts[image.part_id].score for image in scored]))


def _latency(verdicts: Sequence[Answer]) -> dict[str, float | None]:
    if not verdicts:
        return {"p50": None, "p99": None}
    p50, p99 = np.percentile([1000 * verdict.latency_s for verdict in verdicts], [50, 99])
    return {"p50": float(p50), "p99": float(p99)}
