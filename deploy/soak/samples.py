"""Samples of what a process and all its descendants hold, each few seconds."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import psutil

from deploy.devtools.background import Background

MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Sample:
    """One moment: seconds since the sampling began, images accounted for by then, and sums over all processes."""

    seconds: float
    images: int
    rss_mb: float
    fds: int
    threads: int
    processes: int


class Sampler(Background):
    """Takes samples in a thread of its own for as long as the context lasts."""

    def __init__(self, roots: Sequence[int], images: Callable[[], int], every_seconds: float) -> None:
        """`roots` are the process ids whose descendants are summed, themselves not, and may grow; `images` counts."""
        super().__init__("sampler")
        self._roots = roots
        self._images = images
        self._every = every_seconds
        self.samples: list[Sample] = []

    def _run(self) -> None:
        began = time.monotonic()
        while not self._ended.wait(self._every):
            sample = self._sample(time.monotonic() - began)
            if sample.processes:
                self.samples.append(sample)

    def _sample(self, seconds: float) -> Sample:
        rss, fds, threads, processes = 0, 0, 0, 0
        for process in (each for root in self._roots for each in _descendants(root)):
            with suppress(psutil.NoSuchProcess):  # it ended just now
                with process.oneshot():
                    rss += process.memory_info().rss
                    fds += process.num_fds()
                    threads += process.num_threads()
                processes += 1
        return Sample(seconds, self._images(), rss / MEBIBYTE, fds, threads, processes)


def _descendants(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
