"""How many defects slip through, and how many good parts are flagged: rates from what people answered.

Of passes only those drawn by lot are put to people, so their answers are a sample of all passes; of parts that do not
pass, all are. What nobody has answered yet counts as neither: the rates hold if answers are not chosen by how a part
looks, so answer all that is drawn, or the first of it in order.
"""

import math
from bisect import bisect_left
from collections.abc import Callable
from functools import cached_property
from typing import Self

from pydantic import BaseModel, ConfigDict, computed_field

from service.quality.intervals import CONFIDENCE, clopper_pearson

MOST_AUDITS = 1_000_000
"""More than so many are as good as never."""


class Group(BaseModel):
    """Parts with one decision: how many there were, how many were put to people, and what these said."""

    model_config = ConfigDict(frozen=True)

    parts: int
    asked: int
    normal: int = 0
    defect: int = 0
    unsure: int = 0

    @property
    def settled(self) -> int:
        """How many are known to be normal or a defect."""
        return self.normal + self.defect

    @property
    def answered(self) -> int:
        """How many people said something of, if only that they are unsure."""
        return self.settled + self.unsure

    def with_unsure(self, *, normal: bool) -> Self:
        """As if every unsure answer had been normal, or a defect."""
        found = {"normal": self.normal + self.unsure} if normal else {"defect": self.defect + self.unsure}
        return self.model_copy(update={**found, "unsure": 0})


class Share(BaseModel):
    """A share with its 95 % interval.

    Unsure answers are left out of it; `pessimistic` is the high end if each of them were of the bad sort.
    """

    model_config = ConfigDict(frozen=True)

    low: float
    estimate: float
    high: float
    pessimistic: float


class Rates(BaseModel):
    """What the answers say of one bundle on one stream; a rate is None while there is nothing to tell it from."""

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
        """The share of good parts that are flagged, which the budget is about.

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
        """How many more audits until the escape rate's interval is below a limit; see audits_needed."""
        return audits_needed(self.passed.defect, self.passed.settled, below)


def audits_needed(defects: int, audits: int, below: float) -> int | None:
    """How many more answered audits it takes until the whole interval of the escape rate lies below a limit.

    It is taken that the share of defects stays as it was (rounded up to a whole defect).

    Returns:
        0 if it lies there already; None if it never will, or only after MOST_AUDITS.
    """
    if not 0.0 < below < 1.0 or (audits and defects / audits >= below):
        return None

    def is_proven(found: int, total: int) -> bool:
        return clopper_pearson(found, total)[1] < below

    if defects == 0:
        return _first(lambda more: is_proven(0, audits + more), MOST_AUDITS)
    # With d more defects the best moment is just before the next one comes.
    most = MOST_AUDITS * defects // audits
    more_defects = _first(lambda d: is_proven(defects + d, (defects + d) * audits // defects), most)
    if not more_defects:  # none, or beyond all bounds
        return more_defects
    found = defects + more_defects
    first = (found - 1) * audits // defects + 1
    more = _first(lambda later: is_proven(found, first + later), MOST_AUDITS)
    return None if more is None else first + more - audits


def _first(holds: Callable[[int], bool], most: int) -> int | None:
    """The smallest number up to `most` for which a condition holds that, once it does, goes on to."""
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
    """Between how many and how many parts of a group are good."""
    if group.settled == group.parts:
        return group.normal, group.normal
    low, high = clopper_pearson(group.normal, group.settled, confidence)
    return (
        max(group.normal, math.floor(low * group.parts)),
        min(group.parts - group.defect, math.ceil(high * group.parts)),
    )
