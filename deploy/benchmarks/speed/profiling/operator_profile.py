"""Milliseconds of each operator of a graph, as a picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np

from deploy.benchmarks.speed.graph.operators import read_operators
from deploy.benchmarks.speed.graph.parts import part_of_each
from deploy.benchmarks.speed.graph.prefixes import prefix_milliseconds
from training.backend.delegation import left_to_litert

LARGEST = 40


@dataclass(frozen=True)
class Timing:
    """What one operator takes, on one thread."""

    number: int
    kind: str
    name: str
    part: str
    ms: float
    macs: int
    in_delegate: bool


def profile_operators(model: bytes, rounds: int) -> list[Timing]:
    """Each operator's time: that of the graph up to it, less that of the graph before it.

    An operator that XNNPACK fuses into the one before it takes no time of its own, and noise never makes it negative.
    """
    operators, left = read_operators(model), {each.number for each in left_to_litert(model) or []}
    taken = prefix_milliseconds(model, range(1, len(operators) + 1), rounds=rounds)
    upwards = np.minimum.accumulate(taken[::-1])[::-1]  # no graph takes longer than one that it is a part of
    each_ms = np.diff(upwards, prepend=0.0)
    return [
        Timing(number, each.kind, each.name, part, float(ms), each.macs, number not in left)
        for number, (each, part, ms) in enumerate(zip(operators, part_of_each(operators), each_ms, strict=True))
    ]


def plot(timings: Sequence[Timing], path: Path) -> None:
    """The largest ones as bars, in the order in which they run, coloured by part; an SVG."""
    mpl.use("svg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - after the backend is chosen

    parts = list(dict.fromkeys(each.part for each in timings))
    shown = sorted(sorted(timings, key=lambda each: -each.ms)[:LARGEST], key=lambda each: each.number)
    figure, axes = plt.subplots(figsize=(10, 2 + 0.22 * len(shown)), layout="constrained")
    for part in parts:
        chosen = [(place, each.ms) for place, each in enumerate(shown) if each.part == part]
        if chosen:
            places, milliseconds = zip(*chosen, strict=True)
            axes.barh(places, milliseconds, color=mpl.colormaps["tab20"](parts.index(part) % 20), label=part)
    axes.set_yticks(range(len(shown)), [_label(each) for each in shown], fontsize=7)
    axes.invert_yaxis()
    axes.set_xlabel(f"milliseconds on one thread; all {len(timings)}: {sum(each.ms for each in timings):.2f}")
    axes.legend(fontsize=7)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
    plt.close(figure)


def _label(timing: Timing) -> str:
    delegate = "" if timing.in_delegate else " (not in XNNPACK)"
    return f"{timing.number} {timing.kind}{delegate}"
