"""Batches as a broker sends them, sound and damaged, through the step of the client that is replaced."""

from types import SimpleNamespace

import pytest
from kafka import TopicPartition
from kafka.consumer.fetcher import Fetcher
from kafka.consumer.group import KafkaConsumer
from kafka.record import MemoryRecords
from kafka.record.memory_records import MemoryRecordsBuilder

from service.record import record_format
from service.record.messages import Record
from service.record.unpacking import PatientRecords, read_all
from service.record.unreadable import UnreadableRecord
from service.scoring.image import Reason
from tests.support.raw_batches import CODECS, COMPRESS, batch, framed, packed, record

PARTITION = TopicPartition("images", 3)
ROOM = 10_000


def unpacked(data: bytes, *, fetch: int = 0, room: int = ROOM) -> tuple[list[Record], int]:
    """All records of an answer to a fetch from an offset, and the offset to fetch next."""
    records = PatientRecords(room, fetch, PARTITION, MemoryRecords(data))
    found: list[Record] = []
    while records:
        found += records.take(2)
    return found, records.next_fetch_offset


def summary(records: list[Record]) -> list[tuple[int, bytes | str | None]]:
    """Offset and value, or offset and reason."""
    return [
        (each.offset, str(each.rejection.reason) if isinstance(each, UnreadableRecord) else each.value)
        for each in records
    ]


@pytest.mark.parametrize("codec", CODECS)
def test_every_codec_is_read(codec: str) -> None:
    found, following = unpacked(packed([b"a", b"b", b"c"], codec, base=5))
    assert summary(found) == [(5, b"a"), (6, b"b"), (7, b"c")]
    assert [each.key for each in found] == [b"part-0", b"part-1", b"part-2"]
    assert {(each.topic, each.partition, each.timestamp) for each in found} == {("images", 3, 1_750_000_000_000)}
    assert following == 8


def test_a_fetch_from_within_a_batch_begins_there() -> None:
    found, _ = unpacked(packed([b"a", b"b", b"c"], "gzip", base=5), fetch=6)
    assert summary(found) == [(6, b"b"), (7, b"c")]


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
@pytest.mark.parametrize("fetch", [0, 6])
def test_a_batch_that_cannot_be_decompressed_is_one_unreadable_record_for_each_offset_not_yet_fetched(
    codec: str, fetch: int
) -> None:
    broken = batch(b"no compressed data at all", 3, codec, base=5)
    found, following = unpacked(broken + packed([b"next"], base=8), fetch=fetch)
    expected = [(offset, "unreadable_record") for offset in range(max(5, fetch), 8)]
    assert summary(found) == [*expected, (8, b"next")]
    assert following == 9
    assert "images/3/7" in str(found[-2].rejection)  # type: ignore[attr-defined] # it is unreadable


def test_a_batch_of_an_unknown_codec_is_unreadable() -> None:
    found, _ = unpacked(batch(record(0, b"a"), 1, 7))
    assert summary(found) == [(0, "unreadable_record")]


def test_a_malformed_record_is_unreadable_alone() -> None:
    records = record(0, b"a") + framed(b"\0\xff") + record(2, b"c")
    found, following = unpacked(batch(records, 3))
    assert summary(found) == [(0, b"a"), (1, "unreadable_record"), (2, b"c")]
    assert following == 3


def test_records_beyond_the_offsets_of_their_batch_take_none_of_the_next() -> None:
    malformed = batch(framed(b"\0\xff") * 5, 5, base=0, last_delta=1)
    found, following = unpacked(malformed + packed([b"next"], base=2))
    assert summary(found) == [(0, "unreadable_record"), (1, "unreadable_record"), (2, b"next")]
    assert following == 3


def test_records_whose_offsets_go_back_are_unreadable_from_there() -> None:
    found, following = unpacked(batch(record(0, b"a") + record(0, b"b") + record(2, b"c"), 3))
    assert summary(found) == [(0, b"a"), (1, "unreadable_record"), (2, "unreadable_record")]
    assert following == 3


def test_a_batch_with_another_checksum_is_unreadable_for_each_of_its_offsets_and_the_rest_is_fetched_again() -> None:
    found, following = unpacked(batch(record(0, b"a") + record(1, b"b"), 2, base=4, crc=1) + packed([b"c"], base=6))
    assert summary(found) == [(4, "unreadable_record"), (5, "unreadable_record")]
    assert following == 6


def test_a_damaged_header_that_contradicts_itself_is_trusted_for_one_offset_at_a_time() -> None:
    damaged = batch(record(0, b"a"), 2, base=4, last_delta=1 << 30, crc=1)
    for offset in (4, 5):
        found, following = unpacked(damaged, fetch=offset)
        assert (summary(found), following) == ([(offset, "unreadable_record")], offset + 1)


def test_a_record_too_large_to_keep_is_named_and_the_next_one_read() -> None:
    large = record(0, bytes(2 * ROOM), b"part-0", [(b"stream", b"left")])
    found, _ = unpacked(batch(COMPRESS["gzip"](large + record(1, b"next")), 2, "gzip"))
    assert summary(found) == [(0, "too_large"), (1, b"next")]
    assert (found[0].key, found[0].value, found[0].headers) == (b"part-0", None, [("stream", b"left")])


def test_the_rest_of_a_batch_beyond_its_limit_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_format, "BATCH_BYTES", 2000)
    found, following = unpacked(packed([bytes(900)] * 4, "zstd"))
    assert summary(found)[2:] == [(2, "too_large"), (3, "too_large")]
    assert following == 4


def test_bytes_that_are_no_batch_stop_nothing() -> None:
    found, following = unpacked(bytes(8) + (5).to_bytes(4, "big") + b"12345", fetch=9)
    assert (summary(found), following) == ([(9, "unreadable_record")], 10)


@pytest.mark.parametrize("magic", [0, 1])
@pytest.mark.parametrize("compression", [0, 1])
def test_records_in_the_formats_before_kafka_0_11_are_read(magic: int, compression: int) -> None:
    builder = MemoryRecordsBuilder(magic, compression, 1000)
    for value in (b"a", b"b"):
        builder.append(timestamp=1_750_000_000_000, key=b"part", value=value)
    builder.close()
    found, following = unpacked(bytes(builder.buffer()))
    assert summary(found) == [(0, b"a"), (1, b"b")]
    assert following == 2


def test_a_damaged_record_in_such_a_format_is_unreadable() -> None:
    builder = MemoryRecordsBuilder(1, 0, 1000)
    builder.append(timestamp=0, key=b"part", value=b"image")
    builder.close()
    data = bytearray(builder.buffer())
    data[-1] ^= 0xFF
    assert summary(unpacked(bytes(data))[0]) == [(0, "unreadable_record")]


def test_a_consumer_unpacks_so_and_one_whose_fetcher_has_moved_is_refused() -> None:
    consumer = SimpleNamespace(_fetcher=SimpleNamespace(PartitionRecords=Fetcher.PartitionRecords))
    assert read_all(consumer, ROOM) is consumer
    made = consumer._fetcher.PartitionRecords(0, PARTITION, MemoryRecords(packed([b"a"])))
    assert isinstance(made, PatientRecords)
    with pytest.raises(AttributeError, match=r"expected kafka-python 3\.0"):
        read_all(SimpleNamespace(_fetcher=object()), ROOM)


def test_the_client_still_makes_its_records_where_they_are_replaced() -> None:
    assert "self.PartitionRecords(" in _source(Fetcher._parse_fetched_data)
    assert "self._unpack_records(" in _source(Fetcher.PartitionRecords.__init__)
    assert "self._fetcher = Fetcher(" in _source(KafkaConsumer.__init__)


def _source(function: object) -> str:
    import inspect  # noqa: PLC0415 - its only use

    return inspect.getsource(function)  # type: ignore[arg-type] # untyped library


def test_reasons_of_unreadable_records_are_those_of_dead_letters() -> None:
    assert {Reason.UNREADABLE_RECORD, Reason.TOO_LARGE} == {"unreadable_record", "too_large"}
