"""The parts of one partition of verdicts: which are open, and when each is closed."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from service.parts.recent_ids import RecentIds
from service.parts.rules import Rules
from service.parts.standing import WINDOW, Standing, encode
from service.record.bounds import LONGEST_KEY
from service.record.messages import Record, Source, VerdictMessage, source_of, verdict_of
from service.record.part_verdicts import Closing, PartVerdict, PartView, decide_part


class PassedOver(StrEnum):
    """Why a record is no view of a part."""

    NO_PART_ID = "no_part_id"
    NO_VERDICT = "no_verdict"


@dataclass(slots=True)
class Pending:
    """What has happened since the last commit: to be published, and to be counted once it is."""

    closed: list[tuple[bytes, PartVerdict]] = field(default_factory=list)
    """With the key of their records."""
    late: list[PartView] = field(default_factory=list)
    repeated: list[PartView] = field(default_factory=list)
    passed_over: list[PassedOver] = field(default_factory=list)


@dataclass(slots=True)
class _OpenPart:
    key: bytes
    part_id: str
    source: Source
    """Of its first verdict's record."""
    opened: float
    offsets: list[int] = field(default_factory=list)
    views: dict[str, PartView] = field(default_factory=dict)
    end: int | None = None
    """Where the partition ended when the timeout had passed: it is closed once all before that is read."""


class PartitionParts:
    """The state of one partition: parts that are open, and which ids came lately. Belongs to one thread.

    1. The first view of a part opens it; the last one closes it as complete.
    2. `due`, `mark_end` and `time_out`: a part whose timeout has passed is closed when all is read that was in the
       partition by then. So a slow or restarted reader makes no part incomplete whose views are there.
    3. An id that was seen less than `again` before, by capture time, is the same part: once that is closed, a view is
       late. So is one that was captured so long before the latest.
    4. Only the last WINDOW offsets count: that bounds memory, the commit's metadata, and what a start reads again.

    A new one with the standing of a commit, given the records from `window_start` on, has the state of that commit.
    """

    def __init__(
        self,
        rules: Rules,
        standing: Standing,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rules = rules
        self._again = timedelta(seconds=rules.again)
        self._clock = clock
        self._standing = standing
        self._open: dict[bytes, _OpenPart] = {}  # in the order in which they were opened
        self._asked: list[_OpenPart] = []
        self._recent = RecentIds()  # of the window
        self.position = standing.offset
        """The offset to commit."""
        self.has_changed = False
        """Whether there is anything to commit."""
        self.pending = Pending()

    def __len__(self) -> int:
        return len(self._open)

    def read(self, record: Record) -> None:
        """Take the next record of the partition."""
        is_new = record.offset >= self._standing.offset
        if is_new:
            self.position = record.offset + 1
            self.has_changed = True
        found = _view_of(record)
        if isinstance(found, PassedOver):
            if is_new:
                self.pending.passed_over.append(found)
        elif found.stream in self._rules.views:
            self._take(record, found, is_new)
        self._leave_behind()

    def due(self) -> bool:
        """Whether the timeout of a part has passed for which the brokers have not said yet where the partition ends."""
        self._asked = [part for part in self._late_parts() if part.end is None]
        return bool(self._asked)

    def mark_end(self, end: int) -> None:
        """The partition ends here, by an answer of the brokers to a question that was asked after `due`."""
        for part in self._asked:
            part.end = end

    def time_out(self, read_up_to: int) -> None:
        """Close the parts whose timeout has passed, if all is read that came before it."""
        for part in [each for each in self._late_parts() if each.end is not None and each.end <= read_up_to]:
            self._close(part, Closing.TIMEOUT)

    def committed(self) -> None:
        """All that is pending was published."""
        self.pending = Pending()
        self.has_changed = False

    def metadata(self) -> str:
        """What is open, for the metadata of the commit."""
        return encode([offset for part in self._open.values() for offset in part.offsets])

    def _late_parts(self) -> list[_OpenPart]:
        now, found = self._clock(), []
        for part in self._open.values():
            if now < part.opened + self._rules.timeout:
                break
            found.append(part)
        return found

    def _take(self, record: Record, verdict: VerdictMessage, is_new: bool) -> None:
        key, view = _short(record.key or b""), _part_view(verdict)
        latest = self._recent.latest(key)
        self._recent.add(key, record.offset, view.captured_at)
        if not is_new:
            if record.offset in self._standing.open:
                self._join(key, record, verdict, view)
            return
        is_new_part = latest is None or view.captured_at - latest > self._again
        is_of_the_one_before = latest is not None and latest - view.captured_at > self._again
        part = self._open.get(key)
        if is_of_the_one_before or (part is None and not is_new_part):
            self.pending.late.append(view)
            return
        if part is not None and is_new_part:
            self._close(part, Closing.AGAIN)
        self._join(key, record, verdict, view)
        part = self._open[key]
        if len(part.views) == len(self._rules.views):
            self._close(part, Closing.COMPLETE)

    def _join(self, key: bytes, record: Record, verdict: VerdictMessage, view: PartView) -> None:
        part = self._open.get(key)
        if part is None:
            part = _OpenPart(record.key or b"", verdict.part_id, source_of(record), self._clock())
            self._open[key] = part
        part.offsets.append(record.offset)
        before = part.views.get(view.stream)
        if before is not None and record.offset >= self._standing.offset:
            self.pending.repeated.append(view)
        if before is None or view.is_worse_than(before):
            part.views[view.stream] = view

    def _leave_behind(self) -> None:
        start = self.position - WINDOW
        while self._open and (part := next(iter(self._open.values()))).offsets[0] < start:
            self._close(part, Closing.WINDOW)
        self._recent.forget_before(start)

    def _close(self, part: _OpenPart, closing: Closing) -> None:
        del self._open[_short(part.key)]
        verdict = decide_part(part.part_id, part.views.values(), self._rules.views, closing, part.source)
        self.pending.closed.append((part.key, verdict))
        self.has_changed = True


def _view_of(record: Record) -> VerdictMessage | PassedOver:
    if len(record.key or b"") > LONGEST_KEY:
        return PassedOver.NO_VERDICT
    verdict = verdict_of(record)
    if verdict is None:
        return PassedOver.NO_VERDICT
    return verdict if record.key else PassedOver.NO_PART_ID


def _part_view(verdict: VerdictMessage) -> PartView:
    return PartView(
        stream=verdict.stream,
        decision=verdict.decision,
        error_ratio=verdict.error_ratio,
        captured_at=verdict.captured_at,
        source=verdict.source,
    )


def _short(key: bytes) -> bytes:
    """The same for equal keys, and no longer than a digest: keys may have 4 kB, and thousands are kept."""
    return key if len(key) < hashlib.blake2b.MAX_DIGEST_SIZE else hashlib.blake2b(key).digest()
