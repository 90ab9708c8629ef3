"""The main loop: every image goes from poll to commit, exactly once."""

import time
from collections.abc import Callable, Sequence

import structlog
from kafka.errors import KafkaError

from service.metrics import Metrics
from service.record.errors import StreamError, missing_right
from service.scoring.workers.forking import WorkersFailedError
from service.stream.consumer import Consumer
from service.stream.delivery import Delivery
from service.stream.held_partitions import HeldPartitions
from service.stream.in_flight import InFlight
from service.stream.outcome import Outcome
from service.stream.pace import Pace
from service.stream.publisher import NotCommitted
from service.stream.telemetry import Telemetry
from service.threads import Stopped

log = structlog.get_logger(__name__)

ABORT_PAUSE_SECONDS = 0.2
"""Before an aborted batch is tried again, so that a lasting error does not spin."""

LOOK_SECONDS = 0.005
"""How long to wait for an image in flight before looking whether others came."""

FULL_LOOK_SECONDS = 0.1
"""The same while there is no room for others: how soon a stop is noticed."""

HEARTBEAT_SECONDS = 0.05
"""Between two looks at what changes without images."""


class Loop:
    """Poll -> decode -> score -> publish and commit, exactly once for every image.

    1. Poll as many images as there is room for; other threads decode and score them.
    2. Meanwhile publish those that are done, when `Pace` says so: verdicts, dead letters and consumed offsets in one
       transaction. No image goes before an earlier one of its partition.
    3. If that was aborted, nothing was published: go back to the committed offsets and poll again, and after a second
       time in smaller batches. `Delivery` has what happens to an outcome that the brokers refuse.

    Where there is no room nothing is polled, so the client fetches nothing either: memory stays bounded.
    Images in flight of partitions revoked in between are dropped: they were not committed, and the replica that
    has the partition now polls them again.
    """

    def __init__(
        self,
        consumer: Consumer,
        images: InFlight,
        pace: Pace,
        delivery: Delivery,
        held: HeldPartitions,
        telemetry: Telemetry,
        metrics: Metrics,
    ) -> None:
        self._consumer = consumer
        self._images = images
        self._pace = pace
        self._delivery = delivery
        self._held = held
        self._telemetry = telemetry
        self._metrics = metrics
        self._aborted_in_a_row = 0
        self._next_heartbeat = 0.0

    def run(self, stopped: Callable[[], bool]) -> None:
        """Run until `stopped`; then finish the images that have been begun.

        Raises:
            StreamError: if the brokers or all decoding fail; nothing is half done then.
        """
        try:
            while not stopped():
                has_room = self._take_in()
                if not self._publish_due():
                    self._wait(has_room)
                self._look_around()
            self._finish()
        except Stopped:
            log.warning("stopped while the brokers did not answer: what is not committed is left for other replicas")
        except KafkaError as error:
            away = f"expected the brokers to answer, found: {error}; start again when they do"
            raise StreamError(missing_right(error) or away) from error
        except WorkersFailedError as error:
            raise StreamError(str(error)) from error

    def _take_in(self) -> bool:
        """Poll into the room that there is; whether there still is some."""
        room = self._images.room(2 * self._pace.most)
        records = self._consumer.poll(room, wait=not self._images) if room else []
        self._images.drop(self._consumer.take_revoked())
        self._images.start(records)
        return len(records) < room

    def _publish_due(self) -> bool:
        """Publish a batch if it is time; False if it is not."""
        ready = self._images.ready()
        if not ready or self._pace.seconds_left(ready, len(self._images)):
            return False
        self._publish(self._images.take(self._pace.most))
        return True

    def _wait(self, has_room: bool) -> None:
        if self._images:
            ready, in_flight = self._images.ready(), len(self._images)
            left = self._pace.seconds_left(ready, in_flight)
            missing = self._pace.missing(ready, in_flight)
            self._images.wait(min(left, LOOK_SECONDS if has_room else FULL_LOOK_SECONDS), missing)

    def _look_around(self) -> None:
        if time.monotonic() >= self._next_heartbeat:
            self._telemetry.heartbeat()
            self._held.retry_due()
            self._next_heartbeat = time.monotonic() + HEARTBEAT_SECONDS

    def _finish(self) -> None:
        """Publish the images that have been begun; the others are left for other replicas."""
        self._images.drop_waiting()
        while self._images:
            self._telemetry.heartbeat()
            self._images.wait(FULL_LOOK_SECONDS)
            self._images.drop(self._consumer.take_revoked())
            if self._images.ready() and not self._publish(self._images.take(self._pace.most)):
                return

    def _publish(self, outcomes: Sequence[Outcome]) -> bool:
        """Publish a batch; False if it was aborted and everything polled is to be polled again."""
        started = time.perf_counter()
        try:
            for committed in self._delivery.deliver(outcomes):
                seconds = time.perf_counter() - started
                self._metrics.stage.labels("publish").observe(seconds)
                self._telemetry.committed(committed)
                self._pace.published(seconds)
                started = time.perf_counter()
        except NotCommitted as aborted:
            self._abort(outcomes, str(aborted))
            return False
        self._aborted_in_a_row = 0
        return True

    def _abort(self, outcomes: Sequence[Outcome], why: str) -> None:
        log.warning("batch aborted, polling it again", images=len(outcomes), why=why)
        self._metrics.aborted.inc()
        self._images.drop_all()
        self._aborted_in_a_row += 1
        if self._aborted_in_a_row > 1:
            self._pace.halve()
        time.sleep(ABORT_PAUSE_SECONDS)
        self._consumer.rewind()
