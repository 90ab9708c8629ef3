"""Searching the verdicts topic for a part, also one that nobody is asked about."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Protocol

from service.record.messages import Record, Source, VerdictMessage, verdicts_of
from service.review.lru_cache import LruCache

LOOK_BACK = timedelta(hours=1), timedelta(days=1)
"""A person who looks a part up mostly has it in hand, so the latest verdicts are read first."""

SEARCH_SECONDS = 30.0
MAX_FOUND = 20
MAX_KEPT = 1000
"""Images with one id while searching: there may be no end of them, and the latest are wanted."""


class NoSuchPart(LookupError):  # noqa: N818 - names what happened
    """There is no such part; the message is one sentence for people."""


class VerdictReader(Protocol):
    """The used methods of a TopicReader."""

    def seek(self, start: datetime | None) -> None: ...

    def to_end(self) -> Iterator[Record]: ...

    def close(self) -> None: ...


class PartSearch:
    """Reads the verdicts topic back at each search; for any thread, one search at a time.

    An index of all passes instead would take memory that grows with the line.
    """

    def __init__(
        self, open_reader: Callable[[], VerdictReader], days: int, search_seconds: float = SEARCH_SECONDS
    ) -> None:
        """Connects to nothing yet.

        Args:
            open_reader: connects to the verdicts topic, at each search.
            days: how far back to search.
            search_seconds: how long one search may take.
        """
        self._open_reader = open_reader
        self._days = timedelta(days=days)
        self._search_seconds = search_seconds
        self._lock = threading.Lock()

    def find(self, text: str) -> list[VerdictMessage]:
        """The latest verdict on each image of a part, by the part's id or an image's coordinates; newest first.

        Raises:
            NoSuchPart: if there is none, or none was found in time.
            StreamError: if the brokers are away.
        """
        now, wanted = datetime.now(UTC), text.encode()
        with self._lock, closing(self._open_reader()) as reader:
            deadline = monotonic() + self._search_seconds
            for span in (*(each for each in LOOK_BACK if each < self._days), self._days):
                reader.seek(now - span)
                found = _latest(each for each in _in_time(reader, deadline, text) if _is_of(each, wanted))
                if found:
                    return sorted(found, key=lambda verdict: verdict.scored_at, reverse=True)[:MAX_FOUND]
        raise NoSuchPart(
            f"expected {text!r} to be the id of a part, or the coordinates topic/partition/offset of its image, with a "
            f"verdict since {now - self._days:%Y-%m-%d %H:%M} UTC, found none; check how it is written"
        )


def _in_time(reader: VerdictReader, deadline: float, text: str) -> Iterator[Record]:
    for record in reader.to_end():
        if monotonic() >= deadline:
            raise NoSuchPart(
                f"expected to find part {text!r} soon, found more verdicts than can be read in time; "
                "give review_days a smaller value, or try again when the line is quiet"
            )
        yield record


def _is_of(record: Record, wanted: bytes) -> bool:
    """Whether a verdict's headers have this part id or these coordinates; parsing its JSON would take much longer."""
    return any(name in {"ce_id", "ce_subject"} and value == wanted for name, value in record.headers)


def _latest(records: Iterable[Record]) -> list[VerdictMessage]:
    found: LruCache[Source, VerdictMessage] = LruCache(MAX_KEPT)
    for verdict in verdicts_of(records):
        found.put(verdict.source, verdict)
    return found.values()
