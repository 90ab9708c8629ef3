"""Reported: a topic or producer with another compression ends the consumer: "Libraries for … codec not found".

https://github.com/dpkp/kafka-python/issues/1443, https://github.com/aio-libs/aiokafka/issues/1032
"""

import pytest
from kafka import TopicPartition
from kafka.record import MemoryRecords

from service.record.unpacking import PatientRecords
from tests.support.raw_batches import CODECS, packed


@pytest.mark.parametrize("codec", CODECS)
def test_every_compression_is_read(codec: str) -> None:
    fetched = PatientRecords(1 << 20, 0, TopicPartition("images", 0), MemoryRecords(packed([b"part"] * 3, codec)))
    assert [record.value for record in fetched.take(10)] == [b"part"] * 3
