"""Reported: one record that cannot be unpacked is fetched again for ever, and everything behind it waits.

https://github.com/spring-projects/spring-kafka/issues/316, https://github.com/evolution-gaming/kafka-journal/issues/921
"""

from kafka import TopicPartition
from kafka.record import MemoryRecords

from service.record.unpacking import PatientRecords
from service.record.unreadable import UnreadableRecord
from tests.support.raw_batches import batch, packed


def test_what_is_behind_a_record_that_cannot_be_unpacked_is_read() -> None:
    poison = batch(b"no compressed data", 1, "zstd", base=4)
    records = MemoryRecords(poison + packed([b"part"], base=5))
    found = PatientRecords(1 << 20, 4, TopicPartition("images", 0), records).take(10)
    assert [isinstance(each, UnreadableRecord) for each in found] == [True, False]
    assert found[0].rejection.reason == "unreadable_record"
    assert "images/0/4" in str(found[0].rejection)
    assert found[1].value == b"part"
