"""Some rows of an array that may lie on disk, without a copy."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class Rows(Protocol):
    """Rows that can be chosen from: an array, or what gives rows as one does."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    def __getitem__(self, which: Any, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class Selected:
    """Rows of an array, [n, …], in any order: read when they are asked for, so that memory does not grow with them."""

    array: Rows
    rows: NDArray[np.intp]

    @property
    def shape(self) -> tuple[int, ...]:
        """Of all rows together, [rows, …]."""
        return (len(self.rows), *self.array.shape[1:])

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, which: Any) -> NDArray[Any]:
        """By a number, a slice or an array of numbers, as of an array of these rows alone."""
        found: NDArray[Any] = self.array[self.rows[which]]
        return found
