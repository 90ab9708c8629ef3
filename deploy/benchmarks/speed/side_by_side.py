"""The bare loop and the service in turn, on the same images: what the service adds."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from deploy.benchmarks.speed.bare_loop import Rate, run_bare_loop
from deploy.benchmarks.speed.line import Line, WorkedOff
from deploy.benchmarks.speed.plan import Plan

WARM_UPS = 2


@dataclass(frozen=True)
class Speed:
    """Medians over the rounds."""

    images_per_second: float
    cpu_seconds_per_image: float

    @classmethod
    def of(cls, rates: Sequence[Rate]) -> "Speed":
        return cls(
            median(each.images_per_second for each in rates), median(each.cpu_seconds_per_image for each in rates)
        )


@dataclass(frozen=True)
class SideBySide:
    """Ratios are medians of the ratios of each round."""

    bare: Speed
    """As many threads as cores."""
    bare_one_thread: Speed
    service: Speed
    broker_cpu_seconds_per_image: float
    ratio_cpu: float
    """Processor time of an image in the service, over that in the bare loop."""
    ratio_throughput: float
    """Images a second of the service, with the broker on the same cores, over those of the bare loop."""


def measure_side_by_side(line: Line, bundle: Path, images: Sequence[Path], plan: Plan) -> SideBySide:
    """Measure rounds of bare loop on one thread, on all cores, and service."""
    size = backlog_size(line, plan)
    one: list[Rate] = []
    bare: list[Rate] = []
    backlogs: list[WorkedOff] = []
    for _ in range(plan.rounds):
        one.append(run_bare_loop(bundle, images, threads=1, seconds=plan.seconds))
        bare.append(run_bare_loop(bundle, images, threads=len(os.sched_getaffinity(0)), seconds=plan.seconds))
        backlogs.append(line.work_off(size))
    service = [each.service for each in backlogs]
    return SideBySide(
        bare=Speed.of(bare),
        bare_one_thread=Speed.of(one),
        service=Speed.of(service),
        broker_cpu_seconds_per_image=median(each.broker_cpu_seconds / each.service.images for each in backlogs),
        ratio_cpu=_ratio(service, bare, lambda rate: rate.cpu_seconds_per_image),
        ratio_throughput=_ratio(service, bare, lambda rate: rate.images_per_second),
    )


def backlog_size(line: Line, plan: Plan) -> int:
    """How many images the line works off in a round, after a warm-up."""
    rates = [line.work_off(plan.warm_up_images).service.images_per_second for _ in range(WARM_UPS)]
    return max(1, round(plan.seconds * rates[-1]))


@dataclass(frozen=True)
class InTurn:
    """Images a second of two lines, medians over the rounds, and the median of the ratios of each round."""

    first: float
    second: float
    ratio: float
    """Of the second over the first."""


def in_turn(first: Line, second: Line, plan: Plan) -> InTurn:
    """Have two lines work off backlogs in turn."""
    sizes = {line: backlog_size(line, plan) for line in (first, second)}
    rounds = [
        [line.work_off(size).service.images_per_second for line, size in sizes.items()] for _ in range(plan.rounds)
    ]
    one, two = (median(column) for column in zip(*rounds, strict=True))
    return InTurn(one, two, median(other / each for each, other in rounds))


def _ratio(above: Sequence[Rate], below: Sequence[Rate], value: Callable[[Rate], float]) -> float:
    return median(value(one) / value(other) for one, other in zip(above, below, strict=True))
