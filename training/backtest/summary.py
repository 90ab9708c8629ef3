"""Figures of a backtest from the decisions of both bundles on each image."""

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from service.quality.intervals import clopper_pearson
from service.quality.rates import Rates
from service.scoring.bundle import Bundle
from service.scoring.manifest import Calibration
from training.backtest.budget_matching import false_alarms_of, match
from training.backtest.result import Backtest, Decided, Flip, Flips, Paired, Side
from training.data.folder import GOOD
from training.statistics.detection_metrics import mcnemar

LISTED = 200
"""Flips of each direction that are listed by name."""

SEVERITY = {"pass": 0, "review": 1, "anomaly": 2}

Contender = tuple[Bundle, Calibration]
"""A bundle, and its calibration at the common budget."""


@dataclass(frozen=True, slots=True)
class PairedResult:
    """One image: its label, the SHA-256 of its bytes, both decisions and the seconds that each took."""

    name: str
    kind: str | None
    digest: str
    champion: Decided
    challenger: Decided
    champion_seconds: float
    challenger_seconds: float
    stands_for: float = 1.0
    """See Sample."""

    @property
    def before_flags(self) -> bool:
        return self.champion.decision == "anomaly"

    @property
    def after_flags(self) -> bool:
        return self.challenger.decision == "anomaly"

    @property
    def is_flip(self) -> bool:
        return self.before_flags != self.after_flags

    @property
    def is_defect(self) -> bool:
        return self.kind not in (None, GOOD)

    def is_missed(self, matched: float | None) -> bool:
        """Whether this is a defect that the challenger judges milder than the champion does.

        Both at the common budget and by the thresholds in force: those are what the service would decide by. Of a
        champion with a matched threshold everything else is a pass, also what it would put to review.
        """
        before = SEVERITY[self.champion.decision]
        if matched is not None:
            before = SEVERITY["anomaly" if self.champion.score > matched else "pass"]
        after = min(SEVERITY[self.challenger.decision], SEVERITY[self.challenger.decision_in_force])
        return self.is_defect and after < before

    @property
    def badness(self) -> tuple[int, float]:
        """Sort key of flips: wrong ones highest, then unlabelled, then right; then by how far the score moved."""
        known = self.kind is not None
        wrong = known and self.after_flags != self.is_defect
        ratios = max(self.champion.error_ratio, 1e-12), max(self.challenger.error_ratio, 1e-12)
        return 2 if wrong else 0 if known else 1, abs(math.log(ratios[1] / ratios[0]))


def summarise(
    results: Sequence[PairedResult],
    *,
    champion: Contender,
    challenger: Contender,
    rates: Sequence[Rates] | None,
    made: dict[str, Any],
) -> Backtest:
    """Count flags, flips and misses, and test whether the bundles differ.

    Args:
        results: at least one image.
        champion: the bundle and its calibration.
        challenger: the same, its calibration brought to the champion's budget.
        rates: of a line, see Samples.
        made: further fields of Backtest: who ran it when, on what, and how much was left out.
    """
    normal = [each for each in results if each.kind == GOOD]
    defects = [each for each in results if each.is_defect]
    flips = sorted((each for each in results if each.is_flip), key=lambda each: each.badness, reverse=True)
    before = _side(champion, results, lambda each: (each.before_flags, each.champion_seconds))
    matched = match(
        ((each.champion.score, each.stands_for) for each in normal),
        threshold=champion[1].threshold,
        budget=champion[1].false_alarm_rate,
        false_alarms=false_alarms_of(before, rates),
    )
    digests = "\n".join(sorted(each.digest for each in results))
    return Backtest(
        stream=champion[0].manifest.stream,
        images_digest=hashlib.sha256(digests.encode()).hexdigest(),
        images=len(results),
        normal=len(normal),
        defects=dict(sorted(Counter(str(each.kind) for each in defects).items())),
        false_alarm_rate=champion[1].false_alarm_rate,
        champion=before,
        challenger=_side(challenger, results, lambda each: (each.after_flags, each.challenger_seconds)),
        newly_flagged=_flips(each for each in flips if each.after_flags),
        no_longer_flagged=_flips(each for each in flips if each.before_flags),
        missed=tuple(each.name for each in results if each.is_missed(matched.threshold if matched else None)),
        matched=matched,
        paired={"normal": _paired(normal), "defects": _paired(defects), "labelled": _paired([*normal, *defects])},
        **made,
    )


def _side(
    contender: Contender, results: Sequence[PairedResult], of: Callable[[PairedResult], tuple[bool, float]]
) -> Side:
    """One bundle's figures; `of` gives whether it flags an image, and its seconds."""
    bundle, calibration = contender
    flags = [(each, of(each)[0]) for each in results]
    normal = [flag for each, flag in flags if each.kind == GOOD]
    defects = [flag for each, flag in flags if each.is_defect]
    return Side(
        bundle=bundle.id,
        autoencoder=bundle.manifest.autoencoder.name,
        false_alarm_rate=bundle.manifest.calibration.false_alarm_rate,
        threshold=calibration.threshold,
        is_promise=not calibration.is_extrapolated,
        flagged=sum(flag for _, flag in flags),
        false_alarms=sum(normal),
        false_alarm_interval=clopper_pearson(sum(normal), len(normal)) if normal else None,
        defects_flagged=sum(defects),
        recall_interval=clopper_pearson(sum(defects), len(defects)) if defects else None,
        by_kind={
            kind: sum(flag for each, flag in flags if each.kind == kind)
            for kind in sorted({str(each.kind) for each in results if each.is_defect})
        },
        ms_per_image=1000.0 * median(of(each)[1] for each in results),
    )


def _flips(flips: Iterable[PairedResult]) -> Flips:
    found = list(flips)
    return Flips(
        normal=sum(each.kind == GOOD for each in found),
        defects=sum(each.is_defect for each in found),
        unlabelled=sum(each.kind is None for each in found),
        worst=tuple(
            Flip(image=each.name, kind=each.kind, champion=each.champion, challenger=each.challenger)
            for each in found[:LISTED]
        ),
    )


def _paired(labelled: Sequence[PairedResult]) -> Paired:
    first = sum(each.before_flags == each.is_defect for each in labelled if each.is_flip)
    second = sum(each.after_flags == each.is_defect for each in labelled if each.is_flip)
    return Paired(champion_only=first, challenger_only=second, p_value=mcnemar(first, second))
