"""What a child process prints: a pipe that nobody waits for, read without waiting and in bounded amounts."""

import os

_KEPT_TEXT = 2000


class Printed:
    """A pipe whose writing end is given to a child; what does not fit is lost, so that the child never waits."""

    def __init__(self) -> None:
        self._reading, self.writing = os.pipe()
        os.set_blocking(self._reading, False)
        os.set_blocking(self.writing, False)
        self._has_writing = True

    def keep_reading_end(self) -> None:
        """Close the writing end here, once the child has its own."""
        if self._has_writing:
            os.close(self.writing)
        self._has_writing = False

    def read(self) -> str:
        """What was printed since the last call, its beginning; empty if nothing."""
        text = b""
        try:
            while more := os.read(self._reading, 1 << 16):
                text += more[: _KEPT_TEXT - len(text)]
        except BlockingIOError:
            pass
        return text.decode(errors="backslashreplace").strip()

    def close(self) -> None:
        """Close what is still open."""
        self.keep_reading_end()
        os.close(self._reading)
