"""`python -m deploy.benchmarks.speed.bare_loop`: decode and score, and nothing else, in a process of its own.

What the service is measured against: as many threads as asked for, each with a one-thread interpreter, take image
after image. Prints its figures as JSON.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path
from threading import Barrier

from service.scoring.bundle import Bundle, read_bundle
from service.scoring.graph import Graph
from service.scoring.image import ImageLimits
from service.scoring.workers.prepare import prepare

LIMITS = ImageLimits()
WARM_UP = 3


@dataclass(frozen=True)
class Rate:
    """Images in a time, and the processor time of all processes that worked on them."""

    images: int
    seconds: float
    cpu_seconds: float

    @property
    def images_per_second(self) -> float:
        return self.images / self.seconds

    @property
    def cpu_seconds_per_image(self) -> float:
        return self.cpu_seconds / self.images


def run_bare_loop(bundle: Path, images: Sequence[Path], *, threads: int, seconds: float) -> Rate:
    """Run the loop in a fresh process; its figures."""
    command = [sys.executable, "-m", __spec__.name, "--threads", str(threads), "--seconds", str(seconds)]
    printed = subprocess.run([*command, bundle, *images], check=True, stdout=subprocess.PIPE).stdout
    return Rate(**json.loads(printed))


def main() -> None:
    """Run the loop as the command line says."""
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("images", type=Path, nargs="+")
    asked = parser.parse_args()
    images = [path.read_bytes() for path in asked.images]
    print(json.dumps(asdict(loop(read_bundle(asked.bundle), images, asked.threads, asked.seconds))))


def loop(bundle: Bundle, images: Sequence[bytes], threads: int, seconds: float) -> Rate:
    """Decode and score in so many threads for so long."""
    ready = Barrier(threads + 1)

    def work() -> int:
        graph = Graph(bundle.graph, bundle.manifest.input, threads=1)
        turns = cycle(images)
        for _ in range(WARM_UP):
            _score(graph, next(turns))
        ready.wait()
        deadline, count = time.perf_counter() + seconds, 0
        while time.perf_counter() < deadline:
            _score(graph, next(turns))
            count += 1
        return count

    with ThreadPoolExecutor(threads) as pool:
        working = [pool.submit(work) for _ in range(threads)]
        ready.wait()
        began, used = time.perf_counter(), _cpu_seconds()
        images_done = sum(each.result() for each in working)
        return Rate(images_done, time.perf_counter() - began, _cpu_seconds() - used)


def _score(graph: Graph, data: bytes) -> None:
    graph.run(prepare(data, LIMITS, [graph.input]).pixels)


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
