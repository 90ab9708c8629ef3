"""One replica on one core against two on two: does twice as much get done?"""

import os
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from deploy.benchmarks.speed.line import Images, running_line
from deploy.benchmarks.speed.plan import Plan
from deploy.benchmarks.speed.side_by_side import backlog_size

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
        sizes = {line: backlog_size(line, plan) for line in (one, two)}
        rounds = [
            [line.work_off(size).service.images_per_second for line, size in sizes.items()] for _ in range(plan.rounds)
        ]
    one_replica, two_replicas = (median(column) for column in zip(*rounds, strict=True))
    return ScaleOut(one_replica, two_replicas, median(second / first for first, second in rounds))
