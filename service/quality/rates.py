"""Escape rate and false-alarm rate, with exact intervals: which defects pass, and which good parts are flagged.

People are asked about a random sample of the passes (audits), so their answers represent all passes, and about every
part that does not pass. A part that nobody has answered counts as neither normal nor defect: the rates hold if answers
are not chosen by a part's looks, so answer all audits, or the first of them in order.
"""

import math
from bisect import bisect_left
from collections.abc import Callable
from functools import cached_property
from typing import Self

from pydantic import BaseModel, ConfigDict, computed_field

from service.quality.intervals import CONFIDENCE, clopper_pearson

MAX_AUDITS = 1_000_000
"""More than this many are as good as never."""


class Group(BaseModel):
    """Parts with one decision: how many there are, how many people are asked about, and their answers."""

    model_config = ConfigDict(frozen=True)

    parts: int
    asked: int
    normal: int = 0
    defect: int = 0
    unsure: int = 0

    @property
    def settled(self) -> int:
        """How many were answered normal or defect."""
        return self.normal + self.defect

    @property
    def answered(self) -> int:
        """How many were answered at all, unsure ones included."""
        return self.settled + self.unsure

    def with_unsure(self, *, normal: bool) -> Self:
        """As if every unsure answer had been normal, or a defect."""
        found = {"normal": self.normal + self.unsure} if normal else {"defect": self.defect + self.unsure}
        return self.model_copy(update={**found, "unsure": 0})


class Share(BaseModel):
    """A proportion with its 95 % interval.

    Unsure answers are left out; `pessimistic` is the high end if all of them were bad.
    """

    model_config = ConfigDict(frozen=True)

    low: float
    estimate: float
    high: float
    pessimistic: float


class Rates(BaseModel):
    """The rates of one bundle on one stream; a rate is None while there are too few answers to estimate it."""

    model_config = ConfigDict(frozen=True)

    stream: str
    bundle: str
    passed: Group
    review: Group
    anomaly: Group

    @computed_field  # type: ignore[prop-decorator] # mypy has no decorated properties
    @cached_property
    def escape(self) -> Share | None:
        """The share of passes that are defects, from the audits: Clopper-Pearson."""
        return _share(self.passed.defect, self.passed)

    @computed_field  # type: ignore[prop-decorator] # mypy has no decorated properties
    @cached_property
    def false_discovery(self) -> Share | None:
        """The share of anomalies that are good parts, from those reviewed: Clopper-Pearson."""
        return _share(self.anomaly.normal, self.anomaly)

    @computed_field  # type: ignore[prop-decorator] # mypy has no decorated properties
    @cached_property
    def false_alarm(self) -> Share | None:
        """The share of good parts that are flagged, which the false-alarm budget limits.

        Estimate: the good among the anomalies, divided by the good among all parts; of each decision the share of
        good ones is that of its answers. Interval: first, for each decision that is not answered in full, a
        Clopper-Pearson interval of how many of its parts are good; then the low end of Clopper-Pearson's interval of
        the fewest flagged out of the most good parts, and the high end of the most out of the fewest. With k such
        decisions each of these k + 1 intervals errs with a probability of 5 % / (k + 1), so that (Bonferroni) the
        whole errs with 5 % at most. Pessimistic: unsure anomalies are good, all other unsure parts are defects.
        """
        found = _flagged_of_good(self.anomaly, self.review, self.passed)
        if found is None:
            return None
        if not any(group.unsure for group in (self.anomaly, self.review, self.passed)):
            return Share(**found, pessimistic=found["high"])
        worst = _flagged_of_good(
            self.anomaly.with_unsure(normal=True),
            self.review.with_unsure(normal=False),
            self.passed.with_unsure(normal=False),
        )
        return Share(**found, pessimistic=1.0 if worst is None else worst["high"])

    def audits_needed(self, below: float) -> int | None:
        """How many more audits until the escape rate's interval lies below a limit; see `audits_needed`."""
        return audits_needed(self.passed.defect, self.passed.settled, below)


def audits_needed(defects: int, audits: int, below: float) -> int | None:
    """How many more answered audits it takes until the whole interval of the escape rate lies below a limit.

    Assumes that the share of defects stays as it is (rounded up to a whole defect).

    Returns:
        The number of audits; 0 if the interval lies there already; None if it never will, or only after MAX_AUDITS.
    """
    if not 0.0 < below < 1.0 or (audits and defects / audits >= below):
        return None

    def is_proven(found: int, total: int) -> bool:
        return clopper_pearson(found, total)[1] < below

    if defects == 0:
        return _first(lambda more: is_proven(0, audits + more), MAX_AUDITS)
    # With d more defects the best moment is just before the next one comes.
    most = MAX_AUDITS * defects // audits
    more_defects = _first(lambda d: is_proven(defects + d, (defects + d) * audits // defects), most)
    if not more_defects:  # none, or beyond all bounds
        return more_defects
    found = defects + more_defects
    first = (found - 1) * audits // defects + 1
    more = _first(lambda later: is_proven(found, first + later), MAX_AUDITS)
    return None if more is None else first + more - audits


def _first(holds: Callable[[int], bool], most: int) -> int | None:
    """The smallest number up to `most` for which a monotone condition holds; None if there is none."""
    end = 1
    while not holds(end - 1):
        if end > most:
            return None
        end *= 2
    return bisect_left(range(end), True, key=holds)


def _share(bad: int, group: Group) -> Share | None:
    if not group.settled:
        return None
    low, high = clopper_pearson(bad, group.settled)
    _, pessimistic = clopper_pearson(bad + group.unsure, group.settled + group.unsure)
    return Share(low=low, estimate=bad / group.settled, high=high, pessimistic=pessimistic)


def _flagged_of_good(*groups: Group) -> dict[str, float] | None:
    """Low end, estimate and high end of the share of good parts that are in the first group."""
    present = [group for group in groups if group.parts]
    if any(not group.settled for group in present):
        return None
    estimates = [group.parts * group.normal / group.settled if group.parts else 0.0 for group in groups]
    if not sum(estimates):
        return None
    sampled = sum(group.settled < group.parts for group in present)
    confidence = 1.0 - (1.0 - CONFIDENCE) / (sampled + 1)
    (least, most), *others = (_good_parts(group, confidence) for group in groups)
    return {
        "low": clopper_pearson(least, least + sum(high for _, high in others), confidence)[0],
        "estimate": estimates[0] / sum(estimates),
        "high": clopper_pearson(most, most + sum(low for low, _ in others), confidence)[1],
    }


def _good_parts(group: Group, confidence: float) -> tuple[int, int]:
    """The fewest and the most good parts that a group may have."""
    if group.settled == group.parts:
        return group.normal, group.normal
    low, high = clopper_pearson(group.normal, group.settled, confidence)
    return (
        max(group.normal, math.floor(low * group.parts)),
        min(group.parts - group.defect, math.ceil(high * group.parts)),
    )
