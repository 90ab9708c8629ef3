"""A fuzz run: numbered inputs over worker processes, which are replaced when an input kills or hangs them."""

import multiprocessing
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path

from deploy.fuzz.families import EVERYTHING, Plan
from deploy.fuzz.tally import Result
from deploy.fuzz.worker import input_of, run, save

PATIENCE_SECONDS = 30.0
"""For one input and its references; then the worker is killed and the input is a crash."""
START_SECONDS = 300.0
"""For a worker to make the real files that are edited."""
WARM = 4
"""Looks at a worker's memory before growth is measured."""


@dataclass
class Worker:
    """One process and what it is to do."""

    process: SpawnProcess
    pipe: Connection
    following: range
    """The inputs that have not come back; the first is being judged."""
    heard: float
    """When its last message came; later than now while it starts."""
    resident: list[int] = field(default_factory=list)

    @property
    def growth(self) -> int:
        """Bytes that the process has grown by since it was warm."""
        return max(self.resident[WARM:], default=0) - self.resident[WARM - 1] if len(self.resident) > WARM else 0


class Run:
    """Judges inputs 0 to `inputs` - 1 of a seed."""

    def __init__(self, seed: int, inputs: int, workers: int, saved: Path, plan: Plan = EVERYTHING) -> None:
        """Save failing inputs in `saved`."""
        self._seed, self._saved, self._plan = seed, saved, plan
        self._context = multiprocessing.get_context("spawn")
        self._todo = [range(first, inputs, workers) for first in range(min(workers, inputs))]
        self.growth = 0
        """Bytes; the largest of any worker."""

    def results(self) -> Generator[Result, None, None]:
        """Each result as it comes; closing it ends the workers."""
        workers = [self._start(numbers) for numbers in self._todo]
        try:
            while workers:
                wait([worker.pipe for worker in workers], timeout=1.0)
                for worker in list(workers):
                    yield from self._heard(worker)
                    if not worker.following:
                        workers.remove(worker)
                        self._end(worker)
                    elif not worker.process.is_alive() or time.monotonic() - worker.heard > PATIENCE_SECONDS:
                        yield from self._heard(worker)
                        workers.remove(worker)
                        yield self._blamed(worker)
                        if len(worker.following) > 1:
                            workers.append(self._start(worker.following[1:]))
        finally:
            for worker in workers:
                self._end(worker)

    def _start(self, numbers: range) -> Worker:
        ours, theirs = self._context.Pipe(duplex=False)
        process = self._context.Process(
            target=run, args=(numbers, self._seed, self._plan, theirs, self._saved), daemon=True
        )
        process.start()
        theirs.close()
        return Worker(process, ours, numbers, heard=time.monotonic() + START_SECONDS)

    def _heard(self, worker: Worker) -> Iterator[Result]:
        try:
            while worker.following and worker.pipe.poll():
                message = worker.pipe.recv()
                worker.heard = time.monotonic()
                if isinstance(message, Result):
                    worker.following = worker.following[1:]
                    yield message
                elif isinstance(message, int):
                    worker.resident.append(message)
        except EOFError:
            return

    def _blamed(self, worker: Worker) -> Result:
        """The input that the process died or hung with."""
        number = worker.following[0]
        how = f"hung for {PATIENCE_SECONDS:.0f} s" if worker.process.is_alive() else "killed the process"
        self._end(worker)
        hostile = input_of(number, self._seed, self._plan)
        result = Result(number, self._plan.name_of(number), hostile.group, "crash", fault=how, crashed=True)
        save(self._saved, self._seed, result, hostile.data)
        return result

    def _end(self, worker: Worker) -> None:
        self.growth = max(self.growth, worker.growth)
        worker.process.kill()
        worker.process.join()
        worker.pipe.close()
