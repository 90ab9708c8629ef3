"""Budget matching: a champion that flags far too many good parts is judged as if it kept its budget.

Under a dying lamp every part looks anomalous to it, and it flags defects whether it detects them or not. Compared with
that, any challenger that keeps its budget would seem to miss them.
"""

from collections.abc import Iterable, Sequence
from itertools import accumulate

from service.quality.rates import Rates
from service.scoring.manifest import Interval
from training.backtest.result import Matched, Side

GoodPart = tuple[float, float]
"""The champion's score of a labelled normal image, and how many parts of its line it stands for."""


def false_alarms_of(side: Side, rates: Sequence[Rates] | None) -> Interval | None:
    """The 95 % interval of a bundle's false-alarm rate; None if it is unknown.

    Args:
        side: of the bundle, on the labelled images. It decides without `rates`: then they are a sample of their own.
        rates: of a line, from all its verdicts and reviews. There mostly flagged parts are reviewed, so that the
            labelled images alone would show too many false alarms of every bundle.
    """
    if rates is None:
        return side.false_alarm_interval
    found = next((each.false_alarm for each in rates if each.bundle == side.bundle), None)
    return None if found is None else (found.low, found.high)


def match(
    normals: Iterable[GoodPart], *, threshold: float, budget: float, false_alarms: Interval | None
) -> Matched | None:
    """The smallest threshold, not below its own, at which a bundle flags no more of these normals than its budget.

    With fewer than 1 / budget of them that is the largest of their scores.

    Returns:
        None unless it is proven to flag more: the low end of `false_alarms` is above the budget.
    """
    known = sorted((part for part in normals if part[1] > 0.0), reverse=True)
    if false_alarms is None or false_alarms[0] <= budget or not known:
        return None
    total = sum(stands_for for _, stands_for in known)
    flagged = accumulate(stands_for for _, stands_for in known)
    one_too_many = next(score for (score, _), so_far in zip(known, flagged, strict=True) if so_far / total > budget)
    return Matched(threshold=max(one_too_many, threshold), false_alarms=false_alarms)
