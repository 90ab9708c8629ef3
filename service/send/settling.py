"""Which files are whole: as they were at an earlier look, for so long, by our own clock alone."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from service.send.files import FoundFile, State


@dataclass(slots=True)
class _Seen:
    state: State
    since: float


class Settling:
    """Remembers since when each file is as it is. Clocks of cameras and file servers play no part."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[bytes, _Seen] = {}

    def see(self, files: Iterable[FoundFile]) -> None:
        """Take in the files of one look that are not done; others are forgotten."""
        now, seen = self._clock(), dict[bytes, _Seen]()
        for file in files:
            before = self._seen.get(file.identity)
            stays = before is not None and before.state == file.state
            seen[file.identity] = before if before is not None and stays else _Seen(file.state, now)
        self._seen = seen

    def seconds(self, file: FoundFile) -> float:
        """For how long the file has been as it was found; 0 for one that is new or changed."""
        seen = self._seen.get(file.identity)
        return 0.0 if seen is None or seen.state != file.state else self._clock() - seen.since
