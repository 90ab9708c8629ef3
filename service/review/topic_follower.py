"""Following a topic in a thread of its own, to keep the part index up to date."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import structlog

from service.record.errors import StreamError
from service.record.messages import Record, source_of
from service.record.topic_reader import TopicReader
from service.settings.review import ReviewSettings
from service.threads import running

log = structlog.get_logger(__name__)

RETRY_SECONDS = 2.0
WAIT_SECONDS = 0.05


class TopicFollower:
    """Reads a topic from `review_days` ago to its end, and everything after that.

    After an error it starts again from there, so the handler gets records twice and must allow for that.
    """

    def __init__(
        self,
        settings: ReviewSettings,
        topic: str,
        handle: Callable[[Record], None],
        after: "TopicFollower | None" = None,
    ) -> None:
        """`handle` gets every record, once `after` has caught up with its own topic."""
        self._after = after
        self._settings = settings
        self._topic = topic
        self._handle = handle
        self._caught_up = threading.Event()
        self.error = ""
        """Why it cannot read at present; empty if it can."""

    @property
    def caught_up(self) -> bool:
        """Whether it has once read its topic to the end."""
        return self._caught_up.is_set()

    def following(self, stop: threading.Event) -> AbstractContextManager[threading.Thread]:
        """Follow for as long as the context lasts; gives the thread.

        Raises:
            StreamError: if the topic cannot be read to begin with.
        """
        TopicReader(self._settings, self._topic).close()  # a wrong setting ends the start
        return running(self._follow, stop, f"follower of {self._topic}", join_seconds=5.0)

    def _follow(self, stop: threading.Event) -> None:
        while self._after is not None and not self._after.caught_up:
            if stop.wait(WAIT_SECONDS):
                return
        while not stop.is_set():
            try:
                with TopicReader(self._settings, self._topic) as reader:
                    self._read(reader, stop)
            except StreamError as error:
                if str(error) != self.error:
                    log.warning("cannot read a topic, trying again", topic=self._topic, why=str(error))
                self.error = str(error)
                stop.wait(RETRY_SECONDS)

    def _read(self, reader: TopicReader, stop: threading.Event) -> None:
        reader.seek(datetime.now(UTC) - timedelta(days=self._settings.review_days))
        for record in reader.to_end():
            self._take(record)
            if stop.is_set():
                return
        self.error = ""
        self._caught_up.set()
        while not stop.is_set():
            for record in reader.poll():
                self._take(record)

    def _take(self, record: Record) -> None:
        try:
            self._handle(record)
        except Exception:
            # Whatever is wrong with it, the next ones are wanted.
            log.exception("a record is passed over", source=str(source_of(record)))
