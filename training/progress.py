"""Progress of long work: bars on a terminal, plain lines elsewhere, always on stderr."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress

from service.scoring.printable import printable

T = TypeVar("T")


class Step(Protocol):
    """Called after each step of long work, with what to show next to the bar."""

    def __call__(self, note: str = "") -> None: ...


class Progress:
    """Shows long work on one console."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)

    def say(self, sentence: str) -> None:
        """Show one sentence."""
        self._console.print(printable(sentence), markup=False, highlight=False, soft_wrap=True)

    @contextmanager
    def steps(self, what: str, total: int) -> Iterator[Step]:
        """Show `what` as a bar with the time left, or a line for each step where there is no terminal."""
        if not self._console.is_terminal:
            yield _Lines(self, what, total)
            return
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
        )
        with RichProgress(*columns, console=self._console) as bar:
            task = bar.add_task(what, total=total, note="")

            def step(note: str = "") -> None:
                bar.update(task, advance=1, note=note)

            yield step

    def track(self, items: Iterable[T], what: str, total: int) -> Iterator[T]:
        """Pass items through while showing how many have come."""
        with self.steps(what, total) as step:
            for item in items:
                yield item
                step()


def silent() -> Progress:
    """One that shows nothing, for work within work that is shown."""
    return Progress(Console(quiet=True))


class _Lines:
    """A plain line per noted step; work without notes gets one line when it is done."""

    def __init__(self, progress: Progress, what: str, total: int) -> None:
        self._progress, self._what, self._total, self._done = progress, what, total, 0

    def __call__(self, note: str = "") -> None:
        self._done += 1
        if note or self._done == self._total:
            self._progress.say(f"{self._what} {self._done}/{self._total} {note}".rstrip())
