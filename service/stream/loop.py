"""The main loop: every image goes from poll to commit, exactly once."""

import time
from collections.abc import Callable

import structlog
from kafka.errors import KafkaError

from service.metrics import Metrics
from service.record.errors import StreamError
from service.scoring.workers.process import WorkersFailedError
from service.stream.batch import Batch, ImageDecoder
from service.stream.consumer import Consumer
from service.stream.outcome import OutcomeMaker
from service.stream.publisher import NotCommitted, Publisher
from service.stream.telemetry import Telemetry

log = structlog.get_logger(__name__)

ABORT_PAUSE_SECONDS = 0.2
"""Before an aborted batch is tried again, so that a lasting error does not spin."""


class Loop:
    """Poll -> decode -> score -> publish and commit, exactly once for every image.

    1. Poll what is there; begin to decode it.
    2. Meanwhile finish the batch before: score it, then publish verdicts, dead letters and consumed
       offsets in one transaction.
    3. If that was aborted, nothing was published: go back to the committed offsets and poll again.

    A batch's images of partitions revoked in between are dropped: they were not committed, and the replica that
    has the partition now polls them again.
    """

    def __init__(
        self,
        consumer: Consumer,
        decoder: ImageDecoder,
        outcomes: OutcomeMaker,
        publisher: Publisher,
        telemetry: Telemetry,
        metrics: Metrics,
    ) -> None:
        self._consumer = consumer
        self._decoder = decoder
        self._outcomes = outcomes
        self._publisher = publisher
        self._telemetry = telemetry
        self._metrics = metrics

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
            self._finish(pending)
        except KafkaError as error:
            raise StreamError(f"expected the brokers to answer, found: {error}; start again when they do") from error
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
            self._publisher.publish(outcomes, batch.offsets(), self._consumer.group())
        except NotCommitted as aborted:
            log.warning("batch aborted, polling it again", images=len(outcomes), why=str(aborted))
            time.sleep(ABORT_PAUSE_SECONDS)
            self._consumer.rewind()
            return False
        self._metrics.stage.labels("publish").observe(time.perf_counter() - started)
        self._telemetry.committed(outcomes)
        return True
