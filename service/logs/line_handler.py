"""Log lines to a file descriptor, each in one write."""

import logging
import os
from contextlib import suppress


class LineHandler(logging.Handler):
    """Writes each record as one line to a file descriptor, without a buffer.

    A stream's buffer refuses to be entered twice, as it is when a signal's handler logs while a line is written. A
    line that cannot be written, such as on a full disk, is lost: logging stops nothing.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor

    def emit(self, record: logging.LogRecord) -> None:
        left = memoryview(f"{self._line(record)}\n".encode(errors="backslashreplace"))
        with suppress(OSError):
            while left:
                left = left[os.write(self._descriptor, left) :]

    def _line(self, record: logging.LogRecord) -> str:
        try:
            return self.format(record)
        except Exception as error:  # noqa: BLE001 - a wrong call of the logger, such as with too few arguments
            found = logging.makeLogRecord({**record.__dict__, "msg": "%s (could not be formatted: %s)"})
            found.args = (repr(record.msg), error)
            return self.format(found)
