"""All figures of a graph alone: milliseconds, images a second, multiply-adds and bytes by part, share of the peak."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from deploy.benchmarks.speed.graph.operators import Operator, read_operators
from deploy.benchmarks.speed.graph.parts import is_backbone, part_of_each
from deploy.benchmarks.speed.graph.peak import Peak
from deploy.benchmarks.speed.graph.prefixes import prefix_milliseconds
from training.backend.delegation import left_to_litert
from training.backend.timing import Timed, medians, runs_per_second


@dataclass(frozen=True)
class Part:
    """One part of a graph."""

    ms: float
    """On one thread."""
    macs: int
    weight_bytes: int
    moved_bytes: int


@dataclass(frozen=True)
class GraphFigures:
    """A graph alone, one image at a time."""

    ms_one_thread: float
    ms_two_threads: float
    images_per_second: float
    """Of as many interpreters as there are cores, with one thread each."""
    backbone_ms: float
    """On one thread."""
    macs: int
    bytes: int
    """Constants."""
    fraction_of_peak: float
    """The least time that its multiply-adds could take at the machine's peak, over the time that it takes."""
    peak_gmacs: Mapping[str, float]
    """Of one thread, a second; measured in the same run."""
    left_to_litert: Mapping[str, int]
    """Operators that no delegate takes, by kind."""
    parts: Mapping[str, Part]


def measure_graph(model: bytes, peak: Peak, *, rounds: int, seconds: float) -> GraphFigures:
    """Measure a scoring graph.

    Args:
        model: the LiteRT file.
        peak: of this machine, measured just now.
        rounds: runs of each kind, which take turns.
        seconds: that all cores run for.
    """
    operators = read_operators(model)
    one, two = medians([Timed(model, threads) for threads in (1, 2)], rounds)
    cores = [Timed(model, threads=1) for _ in range(len(os.sched_getaffinity(0)))]
    parts = _parts(model, operators, rounds)
    left = [each.kind for each in left_to_litert(model) or []]
    return GraphFigures(
        ms_one_thread=one,
        ms_two_threads=two,
        images_per_second=runs_per_second(cores, seconds),
        backbone_ms=sum(part.ms for name, part in parts.items() if is_backbone(name)),
        macs=sum(each.macs for each in operators),
        bytes=sum(each.weight_bytes for each in operators),
        fraction_of_peak=1000 * peak.seconds(operators) / one,
        peak_gmacs={"int8": peak.int8 / 1e9, "float32": peak.float32 / 1e9},
        left_to_litert={kind: left.count(kind) for kind in sorted(set(left))},
        parts=parts,
    )


def _parts(model: bytes, operators: list[Operator], rounds: int) -> dict[str, Part]:
    names = part_of_each(operators)
    ends = [number + 1 for number, name in enumerate(names) if names[number + 1 : number + 2] != [name]]
    taken = prefix_milliseconds(model, ends, rounds=rounds)
    milliseconds = dict.fromkeys(names, 0.0)
    for end, after, before in zip(ends, taken, [0.0, *taken], strict=False):
        milliseconds[names[end - 1]] += after - before
    return {name: _part(ms, _of(name, names, operators)) for name, ms in milliseconds.items()}


def _of(part: str, names: list[str], operators: list[Operator]) -> list[Operator]:
    return [each for name, each in zip(names, operators, strict=True) if name == part]


def _part(milliseconds: float, operators: list[Operator]) -> Part:
    return Part(
        ms=milliseconds,
        macs=sum(each.macs for each in operators),
        weight_bytes=sum(each.weight_bytes for each in operators),
        moved_bytes=sum(each.moved_bytes for each in operators),
    )
