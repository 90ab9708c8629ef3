"""Which part ids came lately, and when each was last captured."""

from collections import deque
from datetime import datetime


class RecentIds:
    """The latest capture time of each id among the records that are kept.

    It depends on these records alone, and not on those that were forgotten: whoever reads them again has the same.
    """

    def __init__(self) -> None:
        self._records: deque[tuple[int, bytes]] = deque()
        self._times: dict[bytes, deque[tuple[int, datetime]]] = {}  # of each id, each later than those behind it

    def __len__(self) -> int:
        return len(self._times)

    def latest(self, part_id: bytes) -> datetime | None:
        """When an id was last captured; None if it has no record."""
        times = self._times.get(part_id)
        return times[0][1] if times else None

    def add(self, part_id: bytes, offset: int, captured_at: datetime) -> None:
        """Take the record at an offset, which is larger than all before."""
        times = self._times.setdefault(part_id, deque())
        while times and times[-1][1] <= captured_at:
            times.pop()
        times.append((offset, captured_at))
        self._records.append((offset, part_id))

    def forget_before(self, offset: int) -> None:
        """Forget the records before an offset."""
        while self._records and self._records[0][0] < offset:
            gone, part_id = self._records.popleft()
            times = self._times[part_id]
            if times[0][0] == gone:
                times.popleft()
            if not times:
                del self._times[part_id]
