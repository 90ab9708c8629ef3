"""One hostile input, what must be made of it, and what was."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray

from deploy.fuzz.dice import Dice


@dataclass(frozen=True)
class Hostile:
    """An input: `data` is saved if something is wrong; `truth`, of an image, is what it showed before the edits."""

    group: str
    data: bytes
    truth: NDArray[Any] | None = None


@dataclass(frozen=True)
class Outcome:
    """What was made of it: a reason or the name of a documented error, and the milliseconds that it took.

    `fault` says what is wrong about that, one clause; empty if nothing is. `remark` is counted, too.
    """

    reason: str
    ms: float = 0.0
    fault: str = ""
    remark: str = ""


class Family(Protocol):
    """A kind of input."""

    def make(self, dice: Dice) -> Hostile:
        """One input; the same dice give the same."""
        ...

    def judge(self, hostile: Hostile) -> Outcome:
        """Give it to the service's code. Any exception that this raises is a crash."""
        ...


Families = dict[str, Callable[[], Family]]
