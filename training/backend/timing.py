"""Milliseconds of LiteRT graphs, side by side."""

import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

WARM_UP = 3


class Timed:
    """A graph on random pixels, ready to be timed."""

    def __init__(self, model: bytes, threads: int, clock: Callable[[], float] = time.perf_counter) -> None:
        """`clock` gives seconds; with one thread, `time.thread_time` counts its work alone, on a busy machine, too."""
        self._clock = clock
        self._interpreter = Interpreter(model_content=model, num_threads=threads)
        self._interpreter.allocate_tensors()
        random = np.random.default_rng(0)
        for details in self._interpreter.get_input_details():
            self._interpreter.set_tensor(details["index"], _random(random, details))
        for _ in range(WARM_UP):
            self.run()

    def run(self) -> float:
        """Milliseconds of one run."""
        started = self._clock()
        self._interpreter.invoke()
        return 1000 * (self._clock() - started)


def medians(graphs: Sequence[Timed], rounds: int) -> list[float]:
    """The median milliseconds of each: they take turns, so that a busy moment of the machine falls on all alike."""
    taken = [[graph.run() for graph in graphs] for _ in range(rounds)]
    return [statistics.median(column) for column in zip(*taken, strict=True)]


def fastest(graphs: Sequence[Timed], rounds: int) -> list[float]:
    """The least milliseconds of each, likewise: of differences between graphs, noise would hide the small ones."""
    taken = [[graph.run() for graph in graphs] for _ in range(rounds)]
    return [min(column) for column in zip(*taken, strict=True)]


def runs_per_second(graphs: Sequence[Timed], seconds: float) -> float:
    """Runs a second of all graphs together, each in a thread of its own."""
    with ThreadPoolExecutor(len(graphs)) as threads:
        started = time.perf_counter()
        counts = list(threads.map(lambda graph: _runs_until(graph, started + seconds), graphs))
        return sum(counts) / (time.perf_counter() - started)


def _runs_until(graph: Timed, deadline: float) -> int:
    count = 0
    while time.perf_counter() < deadline:
        graph.run()
        count += 1
    return count


def _random(random: np.random.Generator, details: dict[str, Any]) -> NDArray[Any]:
    dtype, shape = np.dtype(details["dtype"]), details["shape"]
    if dtype.kind == "f":
        floats: NDArray[Any] = random.random(shape, np.float32)
        return floats
    limits = np.iinfo(dtype)
    integers: NDArray[Any] = random.integers(limits.min, limits.max, shape, dtype, endpoint=True)
    return integers
