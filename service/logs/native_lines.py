"""What native libraries write to standard error past Python: LiteRT, libtiff. It becomes log events."""

import fcntl
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import structlog

log = structlog.get_logger(__name__)

STDERR = 2
PIPE_BYTES = 1024 * 1024
LONGEST_LINE = 2000
MOST_LINES, WINDOW_SECONDS = 100, 10.0
"""More lines than this in a window are counted in place of logged: a library may write one for each image."""

JOIN_SECONDS = 1.0
_LEVEL = re.compile(r"\b(INFO|DEBUG|VERBOSE|WARN|WARNING|ERROR|FATAL)\b", re.IGNORECASE)
_LEVELS = {"info": "info", "debug": "debug", "verbose": "debug", "error": "error", "fatal": "error"}


@contextmanager
def native_lines_logged() -> Iterator[int]:
    """Log each line that is written to file descriptor 2; gives a descriptor of standard error as it was, which stays.

    The pipe never blocks who writes: what a full one cannot take is lost. A crash leaves what Python's faulthandler
    writes, if that was given the descriptor.
    """
    was = os.dup(STDERR)
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    with suppress(OSError, AttributeError):  # the size is of Linux alone, and may be forbidden
        fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    os.dup2(write_end, STDERR)
    os.close(write_end)
    reader = threading.Thread(target=_read, args=(read_end, Lines().write), name="native lines", daemon=True)
    reader.start()
    try:
        yield was
    finally:
        sys.stderr.flush()
        os.dup2(was, STDERR)  # closes the last write end, unless a child still has it
        reader.join(JOIN_SECONDS)


def _read(read_end: int, write: Callable[[bytes], None]) -> None:
    with open(read_end, "rb", buffering=0) as pipe:
        while data := pipe.read(65_536):
            write(data)
        write(b"\n")


class Lines:
    """Splits what is written into lines of a bounded length and logs a bounded number of them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._rest = b""
        self._began, self._count, self._left_out = clock(), 0, 0

    def write(self, data: bytes) -> None:
        """Log the lines that are complete now."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            lines.append(self._rest)
            self._rest = b""
        for line in lines:
            text = line[:LONGEST_LINE].decode(errors="backslashreplace").strip()
            if text:
                self._log(text)

    def _log(self, text: str) -> None:
        now = self._clock()
        if now - self._began >= WINDOW_SECONDS:
            self._say_what_was_left_out()
            self._began, self._count = now, 0
        self._count += 1
        if self._count > MOST_LINES:
            self._left_out += 1
            return
        named = _LEVEL.search(text[:40])
        level = _LEVELS.get(named[1].lower(), "warning") if named else "warning"
        getattr(log, level)(text)

    def _say_what_was_left_out(self) -> None:
        if self._left_out:
            log.warning("native libraries wrote more lines than are logged", left_out=self._left_out)
            self._left_out = 0
