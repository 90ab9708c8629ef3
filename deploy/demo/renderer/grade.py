"""Size and strength of a defect, from what a person just sees to what nobody overlooks."""

from dataclasses import dataclass
from typing import Self

import numpy as np


@dataclass(frozen=True)
class Grade:
    """How large and how strong a defect is, each 0 (just seen) to 1 (clear)."""

    size: float
    strength: float

    @classmethod
    def draw(cls, rng: np.random.Generator, least: float = 0.0) -> Self:
        """Both drawn evenly from `least` to 1 and apart: small ones may be strong, and large ones faint."""
        size, strength = rng.uniform(least, 1, 2).tolist()
        return cls(size=size, strength=strength)


def between(faint: float, clear: float, grade: float) -> float:
    """`faint` at grade 0, `clear` at 1, in equal ratios between: eyes judge by ratios (Weber's law)."""
    return float(faint * (clear / faint) ** grade)
