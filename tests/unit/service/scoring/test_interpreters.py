"""Interpreters lent to threads."""

from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest

from service.scoring.interpreters import Interpreters


class Made:
    """Counts the interpreters that are made; from the `full`-th on there is no room for more."""

    def __init__(self, full: int = 100) -> None:
        self.number = 0
        self._full = full

    def __call__(self) -> Any:
        if self.number == self._full:
            raise RuntimeError("no memory")
        self.number += 1
        return self.number


def lend_in_turn(interpreters: Interpreters, depth: int, do: Callable[[list[Any]], None], lent: list[Any]) -> None:
    if depth == 0:
        do(lent)
        return
    with interpreters.lent() as run:
        lend_in_turn(interpreters, depth - 1, do, [*lent, run])


def test_one_after_the_other_needs_one_interpreter() -> None:
    made = Made()
    interpreters = Interpreters(made, most=3)
    for _ in range(5):
        with interpreters.lent():
            pass
    assert made.number == 1


def test_at_the_same_time_each_has_its_own() -> None:
    made, seen = Made(), list[Any]()
    lend_in_turn(Interpreters(made, most=3), 3, seen.extend, [])
    assert seen == [1, 2, 3]


@pytest.mark.parametrize("made", [Made(), Made(full=2)], ids=["no more than allowed", "no more than there is room for"])
def test_further_ones_wait(made: Made) -> None:
    interpreters, served = Interpreters(made, most=2 if made._full > 2 else 5), list[Any]()

    def one_more() -> None:
        with interpreters.lent() as run:
            served.append(run)

    thread = Thread(target=one_more)

    def start(_: list[Any]) -> None:
        thread.start()
        thread.join(0.05)
        assert served == []

    lend_in_turn(interpreters, 2, start, [])
    thread.join(60.0)
    assert (len(served), made.number) == (1, 2)


def test_the_first_must_be_made() -> None:
    with pytest.raises(RuntimeError, match="no memory"):
        Interpreters(Made(full=0), most=1)
