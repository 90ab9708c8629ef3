"""Archiving the images of audits in the background, and dropping old parts from the index."""

import threading
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import structlog

from service.record.errors import StreamError
from service.record.image_archive import ArchiveError
from service.record.messages import ReviewReason, Source
from service.review.image_source import ImageGone, ImageSource
from service.review.part_index import PartIndex
from service.threads import running

log = structlog.get_logger(__name__)

EVERY_SECONDS = 5.0


class AuditArchiver:
    """Puts the images of audits into the archive before anybody answers, so they outlive the topic's retention."""

    def __init__(self, index: PartIndex, images: ImageSource, days: int) -> None:
        self._index = index
        self._images = images
        self._days = days
        self._archived: set[Source] = set()
        self._error = ""

    def archiving(self, stop: threading.Event) -> AbstractContextManager[threading.Thread]:
        """Archive images, and forget old parts, for as long as the context lasts; gives the thread."""
        return running(self._run, stop, "audit archiver", join_seconds=5.0)

    def archive_new(self) -> None:
        """Archive the images of new audits; one that fails is tried again next time."""
        audits = [part for part in self._index.parts() if part.asked is ReviewReason.AUDIT]
        self._archived &= {part.source for part in audits}
        for part in audits:
            if part.source in self._archived:
                continue
            try:
                if part.digest is None or not self._images.holds(part.digest):
                    self._images.put(self._images.get(part.source, part.digest))
            except ImageGone as error:
                log.warning("an audit sample's image is gone", why=str(error))
            except (StreamError, ArchiveError) as error:
                self._log_once(str(error))
                return
            self._archived.add(part.source)
        self._error = ""

    def _run(self, stop: threading.Event) -> None:
        while not stop.wait(EVERY_SECONDS):
            self._index.forget(datetime.now(UTC) - timedelta(days=self._days))
            self.archive_new()

    def _log_once(self, error: str) -> None:
        if error != self._error:
            log.warning("cannot archive audit samples' images, trying again", why=error)
        self._error = error
