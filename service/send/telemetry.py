"""What a sending process has done: counted, logged, and shown on /metrics and on the terminal."""

import time
from collections import Counter
from pathlib import Path

import structlog

from service.scoring.image import ImageRejected
from service.scoring.printable import printable
from service.send.files import FoundFile
from service.send.metrics import SendMetrics
from service.send.progress_line import ProgressLine

log = structlog.get_logger(__name__)

STALE_SECONDS = 300.0
"""The loop turns every second; to read one large file from a slow share takes longer."""


class Telemetry:
    """Counts of one process since it started."""

    def __init__(self, metrics: SendMetrics, line: ProgressLine) -> None:
        self._metrics = metrics
        self._line = line
        self.sent = 0
        self.already_sent = 0
        """Files that turned out to be on the topic: of the first look, or looking otherwise with the same bytes."""
        self.is_busy = False
        """Whether images were sent since the last look: then there are probably more."""
        self.rejected: Counter[str] = Counter()
        self.without_time = 0
        self.backlog = 0
        self.unmoved = 0
        self.brokers_away = ""
        """Why the brokers do not take anything at present, or nothing."""
        self._heartbeat = time.monotonic()
        self._told: dict[object, str] = {}

    def look(self, *, backlog: int, unmoved: int) -> None:
        """There was a look through the folders."""
        self._heartbeat = time.monotonic()
        self.backlog, self.unmoved, self.is_busy = backlog, unmoved, False
        self._show()

    def count_sent(self, number: int) -> None:
        """Images were acknowledged."""
        self._heartbeat = time.monotonic()
        self.sent += number
        self.is_busy = True
        self.backlog = max(0, self.backlog - number)
        self._metrics.sent.inc(number)
        self.brokers_away = ""
        self._show()

    def count_rejected(self, file: FoundFile, error: ImageRejected, moved_to: Path | None, why_not: str) -> None:
        """A file is not sent, since it cannot be an image."""
        self.rejected[str(error.reason)] += 1
        self.backlog = max(0, self.backlog - 1)
        self._metrics.rejected[error.reason].inc()
        where = {"moved_to": printable(moved_to)} if moved_to else {"left_there": why_not}
        log.error("not sent", path=printable(file.path), reason=str(error.reason), why=str(error), **where)
        self._show()

    def tell(self, what: object, why: str, path: Path, event: str) -> None:
        """Log something that does not work, once until `mended`."""
        if self._told.get(what) != why:
            self._told[what] = why
            log.warning(event, path=printable(path), why=why)

    def mended(self, what: object) -> None:
        """It works again, or is gone."""
        self._told.pop(what, None)

    def wait_for_brokers(self, why: str) -> None:
        """The brokers do not take anything at present."""
        self._heartbeat = time.monotonic()
        if not self.brokers_away:
            log.warning("waiting for the brokers; nothing is lost", why=why)
        self.brokers_away = why
        self._show()

    def hangs(self) -> str:
        """Why the process should be started again, or nothing."""
        return "the loop hangs" if time.monotonic() - self._heartbeat > STALE_SECONDS else ""

    def waits_for(self) -> str:
        """Why the process cannot send at present, or nothing."""
        return self.brokers_away

    def _show(self) -> None:
        self._metrics.backlog.set(self.backlog)
        self._metrics.unmoved.set(self.unmoved)
        self._line.show(sent=self.sent, waiting=self.backlog, rejected=self.rejected.total(), away=self.brokers_away)
