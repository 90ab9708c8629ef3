"""The main loop of part verdicts: every part gets exactly one."""

import time
from collections.abc import Callable

import structlog
from kafka import TopicPartition
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

from service.parts.metrics import PartsMetrics
from service.parts.part_publisher import PartPublisher
from service.parts.partition import PartitionParts, Pending
from service.parts.standing import Standing
from service.parts.verdict_consumer import VerdictConsumer
from service.record.errors import StreamError, missing_right
from service.status import Status
from service.stream.publisher import NotCommitted, Refused
from service.threads import Stopped

log = structlog.get_logger(__name__)

MOST_RECORDS = 500
"""In one poll, and so about in one transaction."""

COMMIT_SECONDS = 1.0
"""How often offsets are committed where no part is closed."""

ABORT_PAUSE_SECONDS = 0.2
"""Before an aborted batch is made anew, so that a lasting error does not spin."""


class PartsLoop:
    """Poll verdicts -> parts -> publish and commit, exactly once for every part.

    1. Records change the state of their partition. What it closes waits to be published.
    2. One transaction has the part verdicts, the offsets, and in their metadata which parts are open.
    3. If that is aborted, or a partition is new here, its state is dropped and rebuilt from the last commit.
    """

    def __init__(
        self,
        consumer: VerdictConsumer,
        publisher: PartPublisher,
        new_state: Callable[[Standing], PartitionParts],
        metrics: PartsMetrics,
        status: Status,
    ) -> None:
        self._consumer = consumer
        self._publisher = publisher
        self._new_state = new_state
        self._metrics = metrics
        self._status = status
        self._parts: dict[TopicPartition, PartitionParts] = {}
        self._next_commit = 0.0

    def run(self, stopped: Callable[[], bool]) -> None:
        """Run until `stopped`; what is open then is rebuilt by whoever has the partitions next.

        Raises:
            StreamError: if the brokers fail or refuse part verdicts; nothing is half done then.
        """
        try:
            while not stopped():
                self.turn()
        except Stopped:
            log.warning("stopped while the brokers did not answer: what is not committed is read again")
        except Refused as refused:
            raise StreamError(
                f"expected the brokers to take part verdicts, found: {refused}; correct the topic or its rights, "
                "then start again: nothing is lost"
            ) from refused
        except KafkaError as error:
            away = f"expected the brokers to answer, found: {error}; start again when they do"
            raise StreamError(missing_right(error) or away) from error

    def turn(self) -> None:
        """Poll once, and publish what that closes."""
        records = self._consumer.poll(MOST_RECORDS, wait=True)
        self._follow_assignment()
        for record in records:
            partition = TopicPartition(record.topic, record.partition)
            if partition in self._parts:
                self._parts[partition].read(record)
        self._rebuild_new()
        self._time_out()
        self._publish_due()
        self._report()

    def _follow_assignment(self) -> None:
        """Drop the state of partitions that are gone or new: the last commit has what counts."""
        for partition in self._consumer.take_revoked() | self._consumer.take_new():
            self._parts.pop(partition, None)

    def _rebuild_new(self) -> None:
        for partition in self._consumer.assigned() - self._parts.keys():
            self._parts[partition] = self._new_state(self._consumer.go_back(partition))

    def _time_out(self) -> None:
        due = [partition for partition, parts in self._parts.items() if parts.due()]
        if due:
            for partition, end in self._consumer.ends(due).items():
                self._parts[partition].mark_end(end)
        for partition, parts in self._parts.items():
            parts.time_out(self._consumer.read_up_to(partition))

    def _publish_due(self) -> None:
        changed = {partition: parts for partition, parts in self._parts.items() if parts.has_changed}
        closed = [each for parts in changed.values() for each in parts.pending.closed]
        now = time.monotonic()
        if not changed or (not closed and now < self._next_commit):
            return
        offsets = {each: OffsetAndMetadata(parts.position, parts.metadata(), -1) for each, parts in changed.items()}
        try:
            self._publisher.publish(closed, offsets, self._consumer.group())
        except Refused:
            raise
        except NotCommitted as aborted:
            self._abort(str(aborted))
            return
        self._next_commit = now + COMMIT_SECONDS
        for parts in changed.values():
            self._metrics.count(parts.pending)
            _log(parts.pending)
            parts.committed()

    def _abort(self, why: str) -> None:
        log.warning("batch aborted, reading it again", why=why)
        self._metrics.aborted.inc()
        self._parts.clear()
        time.sleep(ABORT_PAUSE_SECONDS)
        self._rebuild_new()

    def _report(self) -> None:
        self._status.heartbeat(in_group=self._consumer.group() is not None)
        self._metrics.open.set(sum(map(len, self._parts.values())))
        self._metrics.show_lag(self._consumer.lag())


def _log(committed: Pending) -> None:
    for _, part in committed.closed:
        if part.decision != "pass":
            log.info("part", part_id=part.part_id, decision=part.decision, missing=part.missing, closing=part.closing)
    for view in committed.late:
        if view.decision != "pass":
            log.warning(
                "late view of a part that has its verdict",
                view=view.stream,
                decision=view.decision,
                source=str(view.source),
            )
