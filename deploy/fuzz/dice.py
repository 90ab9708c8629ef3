"""Seeded choices: the same seed and number always give the same hostile input."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")

EDGES = (0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 63, 64, 127, 128, 254, 255, 256, 257, 1023, 4096, 32767, 32768, 65534,
         65535, 65536, 1 << 24, (1 << 31) - 1, 1 << 31, (1 << 32) - 2, (1 << 32) - 1)  # fmt: skip
"""Numbers at which readers of headers go wrong."""


class Dice:
    """Draws of one input."""

    def __init__(self, seed: int, number: int) -> None:
        self.number_of_input = number
        self._draws = np.random.default_rng([seed, number])

    def below(self, most: int) -> int:
        """0 to `most` - 1; 0 where there is nothing to choose."""
        return int(self._draws.integers(max(most, 1)))

    def between(self, least: int, most: int) -> int:
        """Both ends included."""
        return least + self.below(most - least + 1)

    def pick(self, choices: Sequence[T]) -> T:
        """One of them."""
        return choices[self.below(len(choices))]

    def chance(self, share: float) -> bool:
        """True for this share of the draws."""
        return bool(self._draws.random() < share)

    def bytes(self, count: int) -> bytes:
        """Random ones."""
        return self._draws.bytes(count)

    def number(self, size: int) -> int:
        """An unsigned number of `size` bytes, most often one at which readers go wrong."""
        any_number = int.from_bytes(self.bytes(size))
        return any_number if self.chance(0.3) else self.pick(EDGES) % (1 << (8 * size))
