"""Connected components of a map: which pixels above a level touch, with a box around each group."""

from dataclasses import dataclass
from itertools import starmap

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Component:
    """A box in pixels of the map, and the largest value in the component."""

    left: int
    top: int
    right: int
    bottom: int
    """Behind the last pixel, as is `right`."""
    peak: float


def components(values: NDArray[np.float32], level: float) -> list[Component]:
    """The groups of pixels of `values` [h, w] above `level` that touch by a side or a corner, the highest peak first.

    By runs, the pixels in a row that touch: those of two rows are joined where they touch. Groups of equal peaks stand
    in the order of their first pixels.

    Source: Rosenfeld & Pfaltz, Sequential operations in digital picture processing (1966).
    """
    above = np.pad(values > level, ((0, 0), (1, 1)))
    edges = np.diff(above.astype(np.int8), axis=1)
    rows, starts = np.nonzero(edges == 1)
    if not len(rows):
        return []
    stops = np.nonzero(edges == -1)[1]
    group = _joined(rows, starts, stops, values.shape[1] + 2)
    count = int(group.max()) + 1
    left, top, peak = (np.full(count, np.inf) for _ in range(3))
    right, bottom = np.zeros(count), np.zeros(count)
    for join, of_groups, of_runs in (
        (np.minimum, left, starts),
        (np.minimum, top, rows),
        (np.maximum, right, stops),
        (np.maximum, bottom, rows + 1),
        (np.minimum, peak, -_peaks(values, rows, starts)),
    ):
        join.at(of_groups, group, of_runs)
    boxes = np.stack([left, top, right, bottom], axis=1).astype(int).tolist()
    found = starmap(Component, ((*box, -value) for box, value in zip(boxes, peak.tolist(), strict=True)))
    return sorted(found, key=lambda each: -each.peak)


def _peaks(values: NDArray[np.float32], rows: NDArray[np.intp], starts: NDArray[np.intp]) -> NDArray[np.float32]:
    """The largest value of each run: from its start to the next one's, nothing else is above the level."""
    found: NDArray[np.float32] = np.maximum.reduceat(values.ravel(), rows * values.shape[1] + starts)
    return found


def _joined(rows: NDArray[np.intp], starts: NDArray[np.intp], stops: NDArray[np.intp], width: int) -> NDArray[np.intp]:
    """The group of each run, numbered by their first ones."""
    begin, end = rows * width + starts, rows * width + stops
    first = np.searchsorted(end, begin + width, "left")
    behind = np.searchsorted(begin, end + width, "right")
    parent = list(range(len(rows)))
    for run, (low, high) in enumerate(zip(first.tolist(), behind.tolist(), strict=True)):
        for below in range(low, high):
            one, other = sorted((_root(parent, run), _root(parent, below)))
            parent[other] = one
    return np.unique([_root(parent, run) for run in parent], return_inverse=True)[1]


def _root(parent: list[int], run: int) -> int:
    while parent[run] != run:
        parent[run] = run = parent[parent[run]]
    return run
