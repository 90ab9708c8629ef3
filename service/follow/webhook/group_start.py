"""Where a new group begins: committed for all partitions before its first member reads, so that no restart moves it."""

from collections.abc import Callable, Mapping
from contextlib import closing
from time import monotonic, sleep
from typing import TypeVar

import structlog
from kafka import TopicPartition
from kafka.errors import AuthorizationError, KafkaError
from kafka.structs import OffsetAndMetadata

from service.follow.times import Start
from service.follow.topic_tail import TopicTail
from service.record.clients import make_admin
from service.record.errors import unreachable
from service.settings.follow import FollowSettings

log = structlog.get_logger(__name__)

T = TypeVar("T")

RETRY_SECONDS = 0.2


def begin_group(settings: FollowSettings, group: str, start: Start) -> None:
    """Commit a new group's first offsets; one that has any goes on where it stands.

    Partitions that are new are read from their beginning.

    Raises:
        StreamError: if the brokers cannot be used, or there is no such topic.
    """
    with closing(TopicTail(settings, settings.verdicts_topic)) as tail:
        firsts = tail.offsets_at(start)
    try:
        with closing(make_admin(settings)) as admin:
            found = _patiently(lambda: admin.list_group_offsets({group: list(firsts)}), settings)[group]
            stands = {partition: each.offset for partition, each in found.items() if each.offset >= 0}
            if stands:
                log.info("the group goes on where it stands", group=group)
                return
            offsets = {partition: OffsetAndMetadata(offset, "", -1) for partition, offset in firsts.items()}
            altered = _patiently(lambda: admin.alter_group_offsets(group, offsets), settings)
            refused = {each for each in altered.values() if each.errno}
    except KafkaError as error:
        raise unreachable(settings, error) from error
    if forbidden := [each for each in refused if issubclass(each, AuthorizationError)]:
        raise unreachable(settings, forbidden[0](group))
    if refused:  # another replica is at it, and has written them down
        log.info("another replica began the group", group=group, why=", ".join(each.__name__ for each in refused))
    else:
        log.info("a new group begins", group=group, start=str(start), offsets=_shown(firsts))


def _patiently(call: Callable[[], T], settings: FollowSettings) -> T:
    """Make a call again while the brokers are not ready for it: the first group of all waits for its coordinator."""
    deadline = monotonic() + settings.bootstrap_timeout_seconds
    while True:
        try:
            return call()
        except KafkaError as error:
            if not error.retriable or monotonic() > deadline:
                raise
            sleep(RETRY_SECONDS)


def _shown(offsets: Mapping[TopicPartition, int]) -> dict[int, int]:
    return {partition.partition: offset for partition, offset in sorted(offsets.items())}
