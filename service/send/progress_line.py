"""The progress of sending as a bar on a terminal, and nothing elsewhere. Hand-made, since the service stays light."""

import time
from collections.abc import Callable
from typing import TextIO

WIDTH = 30
SHOWN_SECONDS = 0.1
"""No more often than this."""


class ProgressLine:
    """One line that is written over and over: a bar of what is sent of all that is known, with pace and time left."""

    def __init__(self, terminal: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        """Shows nothing where `terminal` is none."""
        self._out = terminal if terminal.isatty() else None
        self._clock = clock
        self._start = clock()
        self._shown = float("-inf")

    def show(self, *, sent: int, waiting: int, rejected: int, away: str) -> None:
        """Show the present counts."""
        now = self._clock()
        if self._out is None or now - self._shown < SHOWN_SECONDS:
            return
        self._shown = now
        # The cursor goes back to the start, so that the next line of the log is written over this one.
        self._out.write(f"\x1b[2K{self._line(sent, waiting, rejected, away, now)}\r")
        self._out.flush()

    def clear(self) -> None:
        """Leave an empty line behind."""
        if self._out is not None:
            self._out.write("\x1b[2K")
            self._out.flush()

    def _line(self, sent: int, waiting: int, rejected: int, away: str, now: float) -> str:
        all_known = sent + waiting
        filled = WIDTH * sent // all_known if all_known else WIDTH
        pace = sent / max(now - self._start, 1e-9)
        text = f"[{'#' * filled}{'-' * (WIDTH - filled)}] {sent}/{all_known} sent, {pace:.1f}/s"
        if waiting and sent:
            minutes, seconds = divmod(round(waiting / pace), 60)
            text += f", {minutes}:{seconds:02} left"
        if rejected:
            text += f", {rejected} not images"
        return text + (", waiting for the brokers" if away else "")
