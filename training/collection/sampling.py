"""Stratified sampling: over time and p-value, and in the line's own proportions."""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from typing import TypeVar

from training.collection.inspected_part import Stratum

T = TypeVar("T")
Cell = tuple[int, int]
"""A slice of time and a bin of p-values."""


def stratified_sample(waiting: Iterable[tuple[Cell, T]], taken: Iterable[Cell], count: int) -> list[T]:
    """Up to `count` of the parts that wait, in order, each from the cell with the fewest parts so far.

    `taken` are the cells of parts sampled before; they count. Small cells give all that they have: rare parts and
    quiet hours stay in.
    """
    given = Counter(taken)
    cells: dict[Cell, deque[T]] = {}
    for cell, part in waiting:
        cells.setdefault(cell, deque()).append(part)
    chosen: list[T] = []
    while cells and len(chosen) < count:
        poorest = min(cells, key=lambda cell: (given[cell], cell))
        chosen.append(cells[poorest].popleft())
        given[poorest] += 1
        if not cells[poorest]:
            del cells[poorest]
    return chosen


def in_proportion(parts: Mapping[Stratum, Sequence[T]], normals: Mapping[Stratum, float], count: int) -> list[T]:
    """Up to `count` parts, of each stratum its share of the line's normal parts; fewer where it has fewer.

    A threshold is a quantile of what the line makes, so it must be measured on parts in the line's own proportions:
    neither on passes alone, whose tail is cut off at the old threshold, nor on every reviewed false alarm with only a
    few of the passes. Counts are rounded up in the tail, and passes give way.
    """
    total = sum(normals.values()) or 1.0
    tail = {
        stratum: ceil(count * normals.get(stratum, 0.0) / total - 1e-9) for stratum in (Stratum.NEAR, Stratum.FLAGGED)
    }
    wanted = {**tail, Stratum.CLEAR: max(0, count - sum(tail.values()))}
    return [part for stratum, number in wanted.items() for part in parts.get(stratum, ())[:number]]


def most_in_proportion(parts: Mapping[Stratum, Sequence[T]], normals: Mapping[Stratum, float], most: int) -> int:
    """The largest count, at most `most`, for which no stratum has too few parts."""
    total = sum(normals.values())
    shares = {stratum: number / total for stratum, number in normals.items() if number}
    return min([most, *(int(len(parts.get(stratum, ())) / share + 1e-9) for stratum, share in shares.items())])
