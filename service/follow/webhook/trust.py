"""Whether a receiver that refuses one verdict takes others."""

import threading


class Trust:
    """Keeps a receiver that refuses everything, as with a wrong secret, from having every verdict passed over.

    A verdict may be passed over only if another was taken since the last that was. Used by all lanes.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._takes_some = False

    def taken(self) -> None:
        """The receiver took a verdict."""
        with self._lock:
            self._takes_some = True

    def spend(self) -> bool:
        """Whether one verdict may be passed over now; the next only after another was taken."""
        with self._lock:
            spent, self._takes_some = self._takes_some, False
        return spent
