"""Score order: whether calibration scores change along file names or capture times, as a drifting line's do."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from training.data.image_order import OrderName, orders
from training.statistics.trend import Trend, trend

ENDS = 4
"""The first and the last of so many shares of the images are compared in the sentence."""


@dataclass(frozen=True, slots=True)
class ScoreOrder:
    """Calibration scores along the order that they go with most clearly."""

    order: OrderName
    scores: tuple[float, ...]
    """First image to last."""
    found: Trend | None
    """None of too few images."""
    drifted: bool
    """Whether they change along it, beyond chance."""

    @property
    def latest_may_help(self) -> bool:
        """Whether the line moved from one state to another, so that its last images are of another than the first."""
        return self.drifted and self.found is not None and self.found.is_one_way

    def as_json(self) -> dict[str, Any]:
        found = self.found
        return {
            "by": self.order,
            "drifted": self.drifted,
            "p_value": None if found is None else found.p_value,
            "correlation": None if found is None else found.correlation,
            "explained": None if found is None else found.explained,
        }

    def sentence(self) -> str:
        """What was found, for people; says nothing of a drift where there is none."""
        if self.found is None:
            return f"too few images to tell whether their scores change along the {self.order}"
        figures = f"p = {self.found.p_value:.2g}, rank correlation {self.found.correlation:.2f}"
        if not self.drifted:
            return f"no change of the scores along the {self.order} ({figures})"
        if not self.found.is_one_way:
            return (
                f"calibration scores change to and fro along the {self.order} ({figures}), so the false-alarm rate is "
                "promised for images like all of them together, not for a stretch that is like a few"
            )
        share = max(1, len(self.scores) // ENDS)
        first, last = np.median(self.scores[:share]), np.median(self.scores[-share:])
        return (
            f"the line drifted while these images were taken: calibration scores change along the {self.order} "
            f"(median {first:.3g} of the first quarter, {last:.3g} of the last; {figures}), so the false-alarm rate is "
            "promised for images like all of them, not for those that follow the last"
        )


def score_order(paths: Sequence[Path], scores: Sequence[float]) -> ScoreOrder:
    """Test the scores of image files along each order that the files give; the clearest counts."""
    found = []
    by_order = orders(paths)
    for order, places in by_order.items():
        ordered = tuple(scores[place] for place in places)
        of_order = trend(ordered)
        drifted = of_order is not None and of_order.is_clear(len(by_order))
        found.append(ScoreOrder(order, ordered, of_order, drifted))
    return min(found, key=lambda each: (not each.drifted, 1.0 if each.found is None else each.found.p_value))
