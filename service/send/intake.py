"""From files that were found to records that can be sent: which are new, which are whole, and which are no images."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import NamedTuple

from service.record.messages import Headers
from service.scoring.decoding import check_image
from service.scoring.image import ImageLimits, ImageRejected
from service.scoring.printable import printable
from service.send.capture_times import CaptureTime
from service.send.delivery import Outgoing
from service.send.disposal import Disposal, NotNow, Replaced
from service.send.files import FoundFile, State, Unsettled, read_whole
from service.send.journal import Begun, Journal, Progress
from service.send.part_ids import PartId
from service.send.settling import Settling
from service.send.telemetry import Telemetry

LONGEST_HEADER = 1024
"""Characters of the header `file`."""


class Ready(NamedTuple):
    """A whole image, and what is sent of it."""

    begun: Begun
    record: Outgoing


class Sorted(NamedTuple):
    """The files of a look: those to be sent, and those that were sent and are still to be moved or deleted."""

    pending: list[FoundFile]
    leftovers: list[FoundFile]
    rejected: list[FoundFile]
    """Those that were rejected before, and could not be moved aside."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What is sent, and how."""

    stream: str
    part_id: PartId
    capture_time: CaptureTime
    limits: ImageLimits
    settle_seconds: float
    """How long a file must be as it is before it is read."""
    patience_seconds: float
    """How long before it counts as no image, or is told that it cannot be read."""


class Intake:
    """Takes in the files of one look after the other."""

    def __init__(self, rules: Rules, journal: Journal, disposal: Disposal, telemetry: Telemetry) -> None:
        self._rules = rules
        self._journal = journal
        self._disposal = disposal
        self._telemetry = telemetry
        self._settling = Settling()
        self._done: dict[bytes, State] = {}
        """Files that are there and need nothing more, so that the journal is not asked for each at every look."""
        self._incomplete: dict[bytes, State] = {}

    def sort(self, files: Mapping[bytes, FoundFile]) -> Sorted:
        """Which of the files of a look are to be sent, and which to be disposed of."""
        done, found = dict[bytes, State](), Sorted([], [], [])
        for identity, file in files.items():
            if self._done.get(identity) == file.state:
                done[identity] = file.state
                continue
            entry = self._journal.entry(file)
            if entry is None or entry.progress is Progress.BEGUN or entry.state != file.state:
                found.pending.append(file)
            elif entry.progress is Progress.SENT and not self._disposal.keeps:
                found.leftovers.append(file)
            else:
                done[identity] = file.state
                if entry.progress is Progress.REJECTED:
                    found.rejected.append(file)
        self._done = done
        self._settling.see(found.pending)
        self._incomplete = {each.identity: each.state for each in found.pending if self._is_incomplete(each)}
        return found

    def read(self, file: FoundFile) -> Ready | None:
        """The record of a file that is whole and new; None for others, which are rejected, or looked at again."""
        seconds, rules = self._settling.seconds(file), self._rules
        is_late = seconds >= rules.patience_seconds
        if seconds < rules.settle_seconds or (self._is_incomplete(file) and not is_late):
            return None
        digest = b""
        try:
            data = read_whole(file, rules.limits)
            digest = hashlib.sha256(data).digest()
            if self._is_known(file, digest):
                return None
            check_image(data, rules.limits)
        except Unsettled as error:
            if is_late:
                self._telemetry.tell(file.identity, str(error), file.path, "a file waits")
            return None
        except ImageRejected as error:
            if is_late:
                self._reject(Begun(file, digest), error)
            else:
                self._incomplete[file.identity] = file.state
            return None
        self._telemetry.mended(file.identity)
        return Ready(Begun(file, digest), Outgoing(rules.part_id(file.below), data, self._headers(file, data)))

    def reject(self, ready: Ready, error: ImageRejected) -> None:
        """Put aside a file that the brokers refuse."""
        self._reject(ready.begun, error)

    def dispose(self, files: Iterable[FoundFile]) -> bool:
        """Move or delete files that were sent, until one cannot be at present: False."""
        for file in files:
            try:
                self._disposal.dispose(file)
            except NotNow as error:
                self._telemetry.tell("dispose", str(error), file.path, "sent, but not moved or deleted")
                return False
            except Replaced:
                continue  # the next look finds what is there now
            if not self._disposal.keeps:
                self._journal.forget(file)
                self._telemetry.mended("dispose")
        return True

    def _is_incomplete(self, file: FoundFile) -> bool:
        return self._incomplete.get(file.identity) == file.state

    def _is_known(self, file: FoundFile, digest: bytes) -> bool:
        """Whether this is what was sent or rejected under this name before: touched, or on a share mounted anew."""
        entry = self._journal.entry(file)
        if entry is None or entry.progress is Progress.BEGUN or entry.digest != digest:
            return False
        self._journal.refresh(file)
        if entry.progress is Progress.SENT:
            self._telemetry.already_sent += 1
        return True

    def _reject(self, begun: Begun, error: ImageRejected) -> None:
        try:
            moved_to = self._disposal.reject(begun.file)
        except NotNow as why:
            self._journal.reject(begun)
            self._telemetry.count_rejected(begun.file, error, None, str(why))
        except Replaced:
            return
        else:
            self._journal.forget(begun.file)
            self._telemetry.count_rejected(begun.file, error, moved_to, "")

    def _headers(self, file: FoundFile, data: bytes) -> Headers:
        captured_at = self._rules.capture_time(file, data)
        times = [] if captured_at is None else [("captured_at", captured_at.astimezone(UTC).isoformat().encode())]
        self._telemetry.without_time += captured_at is None
        name = printable(file.below)[-LONGEST_HEADER:].encode()
        return [("stream", self._rules.stream.encode()), *times, ("file", name)]
