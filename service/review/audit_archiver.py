"""What goes on beside the page: keeping images of audit samples, and letting go of what is old."""

import threading
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import structlog

from service.record.archive import ArchiveError
from service.record.errors import StreamError
from service.record.messages import ReviewReason, Source
from service.review.image_source import ImageGone, Images
from service.review.part_index import PartIndex
from service.threads import running

log = structlog.get_logger(__name__)

EVERY_SECONDS = 5.0


class AuditArchiver:
    """Puts images of audit samples into the archive before anybody answers: they outlive the topic's retention."""

    def __init__(self, view: PartIndex, images: Images, days: int) -> None:
        self._view = view
        self._images = images
        self._days = days
        self._seen: set[Source] = set()
        self._fault = ""

    def archiving(self, stop: threading.Event) -> AbstractContextManager[threading.Thread]:
        """Archive images, and forget old parts, for as long as the context lasts; gives the thread."""
        return running(self._run, stop, "keeper", join_seconds=5.0)

    def archive_new(self) -> None:
        """Archive what is new; what fails is tried again next time."""
        audits = [part for part in self._view.parts() if part.asked is ReviewReason.AUDIT]
        self._seen &= {part.source for part in audits}
        for part in audits:
            if part.source in self._seen:
                continue
            try:
                if part.digest is None or not self._images.holds(part.digest):
                    self._images.put(self._images.get(part.source, part.digest))
            except ImageGone as error:
                log.warning("an audit sample's image is gone", why=str(error))
            except (StreamError, ArchiveError) as error:
                self._tell(str(error))
                return
            self._seen.add(part.source)
        self._fault = ""

    def _run(self, stop: threading.Event) -> None:
        while not stop.wait(EVERY_SECONDS):
            self._view.forget(datetime.now(UTC) - timedelta(days=self._days))
            self.archive_new()

    def _tell(self, fault: str) -> None:
        if fault != self._fault:
            log.warning("cannot keep audit samples' images, trying again", why=fault)
        self._fault = fault
