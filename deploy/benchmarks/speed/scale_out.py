"""One replica on one core against two on two: does twice as much get done?"""

import os
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from deploy.benchmarks.speed.line import Images, running_line
from deploy.benchmarks.speed.plan import Plan
from deploy.benchmarks.speed.side_by_side import in_turn

REPLICAS = 2


@dataclass(frozen=True)
class ScaleOut:
    """Images a second; the broker runs on the replicas' cores, too, so that it has half as many as well."""

    one_replica: float
    two_replicas: float
    ratio: float


def measure_scale_out(store: Path, images: Images, work: Path, plan: Plan) -> ScaleOut | None:
    """Backlogs of one line and of the other, in turn; None on a machine with fewer cores than replicas."""
    cores = [{core} for core in sorted(os.sched_getaffinity(0))[:REPLICAS]]
    if len(cores) < REPLICAS:
        return None
    with ExitStack() as stack:
        one = stack.enter_context(running_line(store, images, work / "one", cores[:1]))
        two = stack.enter_context(running_line(store, images, work / "two", cores))
        rates = in_turn(one, two, plan)
    return ScaleOut(rates.first, rates.second, rates.ratio)
