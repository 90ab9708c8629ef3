"""Encoded images by their coordinates: from the archive, or from Kafka within the topic's retention."""

import hashlib
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol, TypeVar

from service.record.errors import StreamError
from service.record.image_archive import Archive, ArchiveError
from service.record.messages import Record, Source
from service.review.lru_cache import LruCache
from service.review.patience import Patience

CACHED_BYTES = 64 * 1024 * 1024
AWAY_SECONDS = 5.0
ARCHIVE_SECONDS = 10.0
"""A person waits: an archive on a share that hangs counts as away after this long."""

Given = TypeVar("Given")
Found = TypeVar("Found")


class ImageGone(RuntimeError):  # noqa: N818 - names what happened
    """Neither Kafka nor the archive has the image; the message is one sentence for people."""


class RecordFetcher(Protocol):
    """The used methods of a TopicReader."""

    def fetch(self, source: Source) -> Record | None: ...

    def close(self) -> None: ...


class ImageSource:
    """Reads images from the archive or Kafka, and archives them; for any thread."""

    def __init__(
        self, archive: Archive, open_reader: Callable[[], RecordFetcher], away_seconds: float = AWAY_SECONDS
    ) -> None:
        """Connects to nothing yet.

        Args:
            archive: where images are stored.
            open_reader: connects to the images topic, at the first need and after each error.
            away_seconds: how long after an error the brokers are not asked again.
        """
        self._away_seconds = away_seconds
        self._patience = Patience(ARCHIVE_SECONDS, "archive")
        self._error: StreamError | None = None
        self._asked_again_at = 0.0
        self._archive = archive
        self._open_reader = open_reader
        self._lock = threading.Lock()
        self._reader: RecordFetcher | None = None
        self._cache: LruCache[Source, bytes] = LruCache(CACHED_BYTES, len)

    def get(self, source: Source, digest: str | None) -> bytes:
        """An image's bytes.

        Where the digest is known the archive is asked first: it is nearer, and cannot have another image there. Kafka
        can, after a topic was deleted and created again, so an image with another digest does not count.

        Raises:
            ImageGone: if neither has it.
            StreamError: if the archive does not have it and the brokers do not answer.
            ArchiveError: if the archive cannot be read and Kafka does not have it.
        """
        image = self._cache.get(source)
        away: ArchiveError | None = None
        if image is None and digest is not None:
            try:
                image = self._within_time(self._archive.read, digest)
            except ArchiveError as error:
                away = error  # Kafka may have it
        if image is None:
            image = self._from_kafka(source)
            if image is None or (digest is not None and hashlib.sha256(image).hexdigest() != digest):
                if away is not None:
                    raise away
                raise ImageGone(
                    f"expected the image of {source} on Kafka or in the archive {self._archive.name}, found it on "
                    "neither: the topic's retention has passed; it can still be reviewed by what else is known"
                )
        self._cache.put(source, image)
        return image

    def holds(self, digest: str) -> bool:
        """Whether the archive has an image.

        Raises:
            ArchiveError: if the archive cannot be read.
        """
        return self._within_time(self._archive.holds, digest)

    def put(self, image: bytes) -> str:
        """Put an image into the archive; returns its SHA-256.

        Raises:
            ArchiveError: if it cannot be written.
        """
        return self._within_time(self._archive.put, image)

    def close(self) -> None:
        """Close the connection to the brokers."""
        with self._lock:
            self._drop_reader()

    def _within_time(self, work: Callable[[Given], Found], given: Given) -> Found:
        try:
            return self._patience.call(lambda: work(given))
        except TimeoutError as error:
            raise ArchiveError(
                f"expected the archive {self._archive.name} to answer within {self._patience.seconds:g} seconds, found "
                "that it does not; check its disk or network"
            ) from error

    def _from_kafka(self, source: Source) -> bytes | None:
        with self._lock:  # a reader belongs to one thread at a time
            if self._error is not None and time.monotonic() < self._asked_again_at:
                raise self._error  # a thread that waited for the lock need not find out again: that takes half a minute
            try:
                if self._reader is None:
                    self._reader = self._open_reader()
                record = self._reader.fetch(source)
            except StreamError as error:
                self._drop_reader()
                self._error, self._asked_again_at = error, time.monotonic() + self._away_seconds
                raise
            return None if record is None else record.value

    def _drop_reader(self) -> None:
        if self._reader is not None:
            with suppress(StreamError):
                self._reader.close()
            self._reader = None
