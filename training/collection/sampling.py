"""Choosing parts so that no time and no look is missing."""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import ceil
from typing import TypeVar

from training.collection.inspected_part import InspectedPart, Stratum
from training.collection.verdict_reservoir import Cell

T = TypeVar("T")


def stratified_sample(
    parts: Sequence[InspectedPart], cell: Callable[[InspectedPart], Cell], taken: Iterable[InspectedPart], count: int
) -> list[InspectedPart]:
    """So many of the parts, in order, each from the cell that has given fewest so far, `taken` ones included.

    Cells that have little to give give all of it: rare looks and quiet hours stay in.
    """
    given = Counter(cell(part) for part in taken)
    waiting: dict[Cell, deque[InspectedPart]] = {}
    for part in parts:
        waiting.setdefault(cell(part), deque()).append(part)
    chosen: list[InspectedPart] = []
    while waiting and len(chosen) < count:
        poorest = min(waiting, key=lambda each: (given[each], each))
        chosen.append(waiting[poorest].popleft())
        given[poorest] += 1
        if not waiting[poorest]:
            del waiting[poorest]
    return chosen


def in_proportion(parts: Mapping[Stratum, Sequence[T]], normals: Mapping[Stratum, float], count: int) -> list[T]:
    """So many parts, of each stratum the share that it has of the line's normal parts; fewer where it has fewer.

    A threshold is a quantile of what the line makes, so it must be measured on parts in the line's own proportions:
    neither on passes alone, whose tail is cut off at the old threshold, nor with every false alarm that was reviewed
    beside a few of the passes. Counts are rounded up in the tail, and passes give way.
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
