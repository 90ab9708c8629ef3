"""Unreadable records: they take an offset on their topic, but cannot be unpacked, or are too large to be kept."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import structlog

from service.record.messages import Headers, Record, source_of
from service.scoring.image import ImageRejected

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class UnreadableRecord:
    """Stands for a record at its coordinates, with what could be read of it; it never has a value."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    rejection: ImageRejected
    """Why it cannot be read: `unreadable_record` or `too_large`."""
    key: bytes | None = None
    value: bytes | None = None
    headers: Headers = field(default_factory=list)


class ReadableRecords:
    """Passes readable records on; counts the others and logs the first of each topic, for readers that need no more."""

    def __init__(self) -> None:
        self.skipped = 0

    def of(self, records: Iterable[Record]) -> list[Record]:
        """The readable ones among records."""
        return [record for record in records if not self._skip(record)]

    def _skip(self, record: Record) -> bool:
        if not isinstance(record, UnreadableRecord):
            return False
        self.skipped += 1
        if self.skipped == 1:
            log.warning("unreadable record skipped", source=str(source_of(record)), why=str(record.rejection))
        return True

    def report(self) -> None:
        """Log how many were skipped, if any were."""
        if self.skipped:
            log.warning("unreadable records skipped", number=self.skipped)
