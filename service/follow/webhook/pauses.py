"""Pauses between tries: longer each time, and never the same for all."""

from collections.abc import Callable
from random import uniform

FIRST_SECONDS, LONGEST_SECONDS = 0.25, 60.0


def pause_seconds(failures: int, wish: float = 0.0, within: Callable[[float, float], float] = uniform) -> float:
    """How long to wait after so many failures in a row, in seconds.

    Doubled each time up to a minute, then anything from a half to all of it, so that senders do not come back together.

    Args:
        failures: 1 or more.
        wish: how long the receiver wants to be left alone, at least.
        within: draws a number between two.
    """
    longest = min(FIRST_SECONDS * 2.0 ** min(failures - 1, 32), LONGEST_SECONDS)
    return max(wish, within(longest / 2.0, longest))
