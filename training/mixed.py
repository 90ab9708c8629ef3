"""Calibrating on recent parts and on original ones together."""

from collections.abc import Sequence

from service.scoring.manifest import Calibration
from training.statistics.conformal import needed_for, rank


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
