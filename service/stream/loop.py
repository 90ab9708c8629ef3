"""The main loop: every image goes from poll to commit, exactly once."""

import time
from collections.abc import Callable, Sequence

import structlog
from kafka.errors import KafkaError

from service.metrics import Metrics
from service.record.errors import StreamError, missing_right
from service.scoring.workers.forking import WorkersFailedError
from service.stream.batch import Batch, ImageDecoder
from service.stream.consumer import Consumer
from service.stream.delivery import Delivery
from service.stream.held_partitions import HeldPartitions
from service.stream.outcome import Outcome, OutcomeMaker
from service.stream.publisher import NotCommitted
from service.stream.telemetry import Telemetry
from service.threads import Stopped

log = structlog.get_logger(__name__)

ABORT_PAUSE_SECONDS = 0.2
"""Before an aborted batch is tried again, so that a lasting error does not spin."""


class Loop:
    """Poll -> decode -> score -> publish and commit, exactly once for every image.

    1. Poll what is there; begin to decode it.
    2. Meanwhile finish the batch before: score it, then publish verdicts, dead letters and consumed
       offsets in one transaction.
    3. If that was aborted, nothing was published: go back to the committed offsets and poll again, and after a second
       time in smaller batches. `Delivery` has what happens to an outcome that the brokers refuse.

    A batch's images of partitions revoked in between are dropped: they were not committed, and the replica that
    has the partition now polls them again.
    """

    def __init__(
        self,
        consumer: Consumer,
        decoder: ImageDecoder,
        outcomes: OutcomeMaker,
        delivery: Delivery,
        held: HeldPartitions,
        telemetry: Telemetry,
        metrics: Metrics,
    ) -> None:
        self._consumer = consumer
        self._decoder = decoder
        self._outcomes = outcomes
        self._delivery = delivery
        self._held = held
        self._telemetry = telemetry
        self._metrics = metrics
        self._aborted_in_a_row = 0

    def run(self, stopped: Callable[[], bool]) -> None:
        """Run until `stopped`; then finish the current batch.

        Raises:
            StreamError: if the brokers or all decoding fail; nothing is half done then.
        """
        try:
            pending = Batch()
            while not stopped():
                decoding = self._decoder.start(self._consumer.poll(wait=not pending))
                pending = decoding if self._finish(pending) else Batch()
                self._telemetry.heartbeat()
                self._held.retry_due()
            self._finish(pending)
        except Stopped:
            log.warning("stopped while the brokers did not answer: what is not committed is left for other replicas")
        except KafkaError as error:
            away = f"expected the brokers to answer, found: {error}; start again when they do"
            raise StreamError(missing_right(error) or away) from error
        except WorkersFailedError as error:
            raise StreamError(str(error)) from error

    def _finish(self, polled: Batch) -> bool:
        """Score and publish a batch; False if it was aborted and everything polled is to be polled again."""
        batch = polled.without(self._consumer.take_revoked())
        if not batch:
            return True
        outcomes = []
        for item in batch.items:
            if not item.decoding.done():
                self._telemetry.heartbeat()  # a batch of slow images is no hanging loop
            outcomes.append(self._outcomes.make(item))
        started = time.perf_counter()
        try:
            for committed in self._delivery.deliver(outcomes):
                self._metrics.stage.labels("publish").observe(time.perf_counter() - started)
                self._telemetry.committed(committed)
                started = time.perf_counter()
        except NotCommitted as aborted:
            self._abort(outcomes, str(aborted))
            return False
        self._aborted_in_a_row = 0
        self._consumer.poll_more()
        return True

    def _abort(self, outcomes: Sequence[Outcome], why: str) -> None:
        log.warning("batch aborted, polling it again", images=len(outcomes), why=why)
        self._metrics.aborted.inc()
        self._aborted_in_a_row += 1
        if self._aborted_in_a_row > 1:
            self._consumer.poll_fewer()
        time.sleep(ABORT_PAUSE_SECONDS)
        self._consumer.rewind()
