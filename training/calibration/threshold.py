"""Conformal thresholds for a false-alarm budget, of scored normal images."""

import math
from collections.abc import Sequence
from functools import partial
from typing import Literal

from service.scoring.manifest import Calibration
from training.errors import TrainingError
from training.evaluation.scored_images import ScoredImage
from training.statistics.conformal import SMALLEST_TAIL, needed_for, quantile, rank


def calibrate(
    normals: Sequence[ScoredImage],
    false_alarm_rate: float,
    *,
    review_rate: float | None = None,
    extrapolate: bool = False,
    fold_factors: tuple[float, ...] = (),
) -> Calibration:
    """The thresholds for normal images, scored through an exported graph that has not learnt them.

    Args:
        normals: normal images, one of each part.
        false_alarm_rate: the budget, above 0 and below 1.
        review_rate: the share of good parts that may be reviewed or flagged, above the other; None for no review.
        extrapolate: whether, with too few images for the rate, the threshold may be `extrapolated`, which guarantees
            nothing; with enough it never is.
        fold_factors: of a fit in folds, `FoldFactors.at_the_median`; () if all images were put aside.

    Split-conformal: if the next normal part is exchangeable with the n here, it scores above the k-th smallest,
    k = ceil((n + 1)(1 - rate)), with probability at most `rate`. Sources: Vovk, Gammerman & Shafer,
    Algorithmic Learning in a Random World (2005); Lei et al., "Distribution-Free Predictive Inference for
    Regression", JASA 113 (2018), section 2.2.

    Raises:
        ValueError: if there are too few images for the rate; the split sees to it that there are not.
    """
    ascending = sorted(normal.score for normal in normals)
    peaks = sorted(normal.peak for normal in normals)
    suffice = not extrapolate or len(normals) >= needed_for(false_alarm_rate)
    return Calibration(
        method=_method(suffice=suffice, in_folds=bool(fold_factors)),
        false_alarm_rate=false_alarm_rate,
        n=len(normals),
        threshold=quantile(ascending, false_alarm_rate, extrapolate=extrapolate),
        pixel_threshold=quantile(peaks, false_alarm_rate, extrapolate=extrapolate),
        scores=tuple(ascending),
        review_rate=review_rate,
        review_threshold=None if review_rate is None else quantile(ascending, review_rate, extrapolate=extrapolate),
        fold_factors=fold_factors,
    )


def calibrate_by_origin(
    recent: Sequence[ScoredImage],
    originals: Sequence[ScoredImage],
    false_alarm_rate: float,
    *,
    review_rate: float | None = None,
    extrapolate: bool = False,
    fold_factors: tuple[float, ...] = (),
) -> Calibration:
    """As `calibrate`, of recent and original images; the thresholds keep the budgets for the recent ones alone, too.

    Where there are too few recent ones for the rate, all calibrate together.

    Raises:
        ValueError: as `calibrate`.
    """
    of = partial(
        calibrate,
        false_alarm_rate=false_alarm_rate,
        review_rate=review_rate,
        extrapolate=extrapolate,
        fold_factors=fold_factors,
    )
    if not originals or len(recent) < needed_for(false_alarm_rate):
        return of([*recent, *originals])
    of_recent = of(recent)
    return with_originals(of_recent, [image.score for image in originals])


def guarantee(calibration: Calibration) -> str:
    """What the thresholds guarantee, or that they do not, as part of a sentence."""
    return f"{_flagged(calibration)}{_reviewed(calibration)}"


def _flagged(calibration: Calibration) -> str:
    rate, n = f"{100.0 * calibration.false_alarm_rate:.4g} %", f"{calibration.n} calibration images"
    if calibration.is_guaranteed:
        return f"at most {rate} of good parts score above it ({n})"
    if not calibration.is_extrapolated:
        return (
            f"about {rate} of good parts score above it ({n}, each scored by a fit without it; a measured rate, where "
            "--calibration split would guarantee it)"
        )
    return (
        f"about {rate} of good parts are expected above it, extrapolated from {n} by a generalised Pareto tail; "
        f"that is an estimate and no guarantee, since {calibration.n} are too few for this rate"
    )


def _reviewed(calibration: Calibration) -> str:
    if calibration.review_rate is None or calibration.review_threshold is None:
        return ""
    is_guaranteed = calibration.n >= needed_for(calibration.review_rate) and not calibration.fold_factors
    return (
        f"; what scores above {calibration.review_threshold:.4g} is to be reviewed or flagged, "
        f"{'at most' if is_guaranteed else 'in the same way about'} {100.0 * calibration.review_rate:.4g} % "
        "of good parts"
    )


def at_budget(calibration: Calibration, false_alarm_rate: float) -> Calibration:
    """The calibration that the same scores give at another budget; an estimate where they are too few for a guarantee.

    Raises:
        TrainingError: if they are too few even for an estimate.
    """
    if math.isclose(calibration.false_alarm_rate, false_alarm_rate):
        return calibration
    suffice = calibration.n >= needed_for(false_alarm_rate)
    if not suffice and calibration.n <= SMALLEST_TAIL:
        raise TrainingError(
            f"expected enough calibration scores for the champion's budget of {false_alarm_rate:g}, "
            f"found {calibration.n}; fit the challenger with --false-alarm-rate {false_alarm_rate:g}"
        )
    threshold = quantile(calibration.scores, false_alarm_rate, extrapolate=True)
    review = calibration.review_threshold
    has_review = review is not None and review < threshold
    return calibration.model_copy(
        update={
            "method": _method(suffice=suffice, in_folds=bool(calibration.fold_factors)),
            "false_alarm_rate": false_alarm_rate,
            "threshold": threshold,
            "review_rate": calibration.review_rate if has_review else None,
            "review_threshold": review if has_review else None,
        }
    )


def _method(*, suffice: bool, in_folds: bool) -> Literal["conformal", "cross_conformal", "generalised_pareto"]:
    if not suffice:
        return "generalised_pareto"
    return "cross_conformal" if in_folds else "conformal"


def with_originals(recent: Calibration, originals: Sequence[float]) -> Calibration:
    """The calibration of recent parts, with scores of original normal images added.

    The originals hold on to what was normal at first: with a share s of all scores, at most rate / s of parts like
    them are flagged, however far the line has moved. Thresholds are at least the recent parts' own, so that the
    budget is kept for the parts that the line makes now, too.

    Args:
        recent: of recent parts alone.
        originals: scores of original normal images under the same graph, in any order.
    """
    scores = tuple(sorted([*recent.scores, *originals]))

    def threshold(own: float, rate: float) -> float:
        return (
            max(own, scores[rank(len(scores), rate) - 1]) if len(scores) >= needed_for(rate) else max(own, scores[-1])
        )

    return recent.model_copy(
        update={
            "n": len(scores),
            "scores": scores,
            "threshold": threshold(recent.threshold, recent.false_alarm_rate),
            "review_threshold": None
            if recent.review_rate is None or recent.review_threshold is None
            else threshold(recent.review_threshold, recent.review_rate),
        }
    )
