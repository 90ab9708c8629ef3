"""The loop that sends: polls verdicts, gives each to its partition's lane, and commits what the receiver took."""

from collections.abc import Callable, Iterable
from time import monotonic

import structlog
from kafka import KafkaConsumer, TopicPartition

from service.follow.choice import Choice
from service.follow.webhook.delivery import Delivery, delivery_of
from service.follow.webhook.lane import Lane, Sending
from service.follow.webhook.member import Member
from service.record.messages import Record, source_of, verdict_of
from service.record.unreadable import UnreadableRecord

log = structlog.get_logger(__name__)

MOST_POLLED = 100
COMMIT_SECONDS = 0.5
"""At most so much of what was taken is sent again after a kill."""

REVOKED_SECONDS = 2.0
"""How long others wait for a try in progress when they get its partition; the client's loop stands meanwhile."""

STOP_SECONDS = 5.0


class Deliveries:
    """Belongs to one thread; the metrics ask from others."""

    def __init__(
        self,
        client: KafkaConsumer,
        topic: str,
        choice: Choice,
        sending: Sending,
        stopped: Callable[[], bool],
        heartbeat: Callable[[], None],
    ) -> None:
        """`heartbeat` is called at each turn of the loop."""
        self._choice = choice
        self._sending = sending
        self._stopped = stopped
        self._heartbeat = heartbeat
        self._lanes: dict[TopicPartition, Lane] = {}
        self._committed: dict[TopicPartition, int] = {}
        self._commit_at = 0.0
        self._lag: dict[tuple[str, int], int] = {}
        self._others = 0
        self.is_member = False
        """Whether partitions were assigned."""
        self._member = Member(client, topic, self._drop, stopped, self._joined)

    def run(self) -> None:
        """Send until stopped; then give what is in progress a moment, and commit."""
        try:
            while not self._stopped():
                self._heartbeat()
                self._member.resume(self._has_room)
                polled = self._member.poll(MOST_POLLED, wait=True)
                mine = self._member.assigned()
                for record in polled:
                    partition = TopicPartition(record.topic, record.partition)
                    if partition in mine and not self._member.is_paused(partition):
                        self._give(partition, record)
                if monotonic() >= self._commit_at:
                    self._commit()
                    self._lag = self._count_lag()
        finally:
            _end(list(self._lanes.values()), STOP_SECONDS)
            self._commit()

    def lag(self) -> dict[tuple[str, int], int]:
        """Records that wait, by topic and partition: those that were not polled, and those in the lanes."""
        return self._lag

    def oldest_seconds(self) -> float:
        """Age of the oldest verdict that is being sent."""
        return max((lane.oldest_seconds for lane in list(self._lanes.values())), default=0.0)

    def _give(self, partition: TopicPartition, record: Record) -> None:
        lane = self._lanes.get(partition)
        if lane is None:
            lane = self._lanes[partition] = Lane(f"{record.topic}/{record.partition}", self._sending)
        if not lane.offer(record.offset, self._delivery(record)) and lane.next_offset is not None:
            self._member.pause_at(partition, lane.next_offset)

    def _delivery(self, record: Record) -> Delivery | None:
        verdict = None if isinstance(record, UnreadableRecord) else verdict_of(record)
        if verdict is not None:
            return delivery_of(record, verdict) if self._choice.has(verdict) else None
        self._others += 1
        if self._others == 1:
            log.warning("passed over: a record that is no verdict", where=str(source_of(record)))
        return None

    def _has_room(self, partition: TopicPartition) -> bool:
        return partition not in self._lanes or self._lanes[partition].has_room

    def _commit(self) -> None:
        done = {each: lane.done for each, lane in self._lanes.items() if lane.done is not None}
        new = {each: offset for each, offset in done.items() if self._committed.get(each) != offset}
        if new and self._member.commit(new):
            self._committed |= new
        self._commit_at = monotonic() + COMMIT_SECONDS

    def _count_lag(self) -> dict[tuple[str, int], int]:
        """By the thread that the client belongs to, for those that scrape."""
        return {
            (each.topic, each.partition): number + (self._lanes[each].waiting if each in self._lanes else 0)
            for each, number in self._member.lag().items()
        }

    def _joined(self) -> None:
        self.is_member = True

    def _drop(self, partitions: Iterable[TopicPartition]) -> None:
        """End the lanes of partitions that others will have: what they did not commit, others send."""
        lanes = [self._lanes.pop(each) for each in partitions if each in self._lanes]
        for each in partitions:
            self._committed.pop(each, None)
        _end(lanes, REVOKED_SECONDS)


def _end(lanes: list[Lane], seconds: float) -> None:
    """End lanes together: after so long, what is still in progress is cut off."""
    for lane in lanes:
        lane.stop()
    until = monotonic() + seconds
    for lane in lanes:
        lane.end(max(0.0, until - monotonic()))
