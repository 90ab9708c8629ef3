"""Following a topic to keep the view fresh."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import structlog

from service.record.errors import StreamError
from service.record.messages import Record
from service.record.topic_reader import TopicReader
from service.settings import Settings
from service.threads import running

log = structlog.get_logger(__name__)

RETRY_SECONDS = 2.0
LOOK_SECONDS = 0.05


class Tail:
    """Reads a topic from some days ago to its end, and on, in a thread of its own.

    After a fault it begins anew: whoever takes the records must not mind to see them twice.
    """

    def __init__(
        self, settings: Settings, topic: str, take: Callable[[Record], None], after: "Tail | None" = None
    ) -> None:
        """`take` gets every record, once `after` has read all there was of its topic."""
        self._after = after
        self._settings = settings
        self._topic = topic
        self._take = take
        self._caught_up = threading.Event()
        self.fault = ""
        """Why it cannot read at present, or nothing."""

    @property
    def caught_up(self) -> bool:
        """Whether it has read all there was."""
        return self._caught_up.is_set()

    def following(self, stop: threading.Event) -> AbstractContextManager[threading.Thread]:
        """Follow for as long as the context lasts; gives the thread.

        Raises:
            StreamError: if the topic cannot be read to begin with.
        """
        TopicReader(self._settings, self._topic).close()  # a wrong setting ends the start
        return running(self._follow, stop, f"tail {self._topic}", join_seconds=5.0)

    def _follow(self, stop: threading.Event) -> None:
        while self._after is not None and not self._after.caught_up:
            if stop.wait(LOOK_SECONDS):
                return
        while not stop.is_set():
            try:
                with TopicReader(self._settings, self._topic) as reader:
                    self._read(reader, stop)
            except StreamError as error:
                if str(error) != self.fault:
                    log.warning("cannot read a topic, trying again", topic=self._topic, why=str(error))
                self.fault = str(error)
                stop.wait(RETRY_SECONDS)

    def _read(self, reader: TopicReader, stop: threading.Event) -> None:
        reader.seek(datetime.now(UTC) - timedelta(days=self._settings.review_days))
        for record in reader.to_end():
            self._take(record)
            if stop.is_set():
                return
        self.fault = ""
        self._caught_up.set()
        while not stop.is_set():
            for record in reader.poll():
                self._take(record)
