"""Hostile record batches: what a broker may hand over, in every codec, damaged or forged."""

import gzip
import struct
from collections.abc import Callable
from itertools import pairwise

import lz4.frame
import snappy
import zstandard
from kafka import TopicPartition
from kafka.record import MemoryRecords
from kafka.record.util import calc_crc32c, encode_varint

from deploy.fuzz.dice import Dice
from deploy.fuzz.hostile import Hostile, Outcome
from deploy.fuzz.images import any_bytes
from service.record.messages import Record
from service.record.unpacking import PatientRecords
from service.record.unreadable import UnreadableRecord
from service.scoring.image import Reason

CODECS: tuple[Callable[[bytes], bytes], ...] = (
    bytes,
    gzip.compress,
    lambda data: bytes(snappy.compress(data)),
    lambda data: bytes(lz4.frame.compress(data)),
    lambda data: zstandard.ZstdCompressor().compress(data),
)
"""By their numbers in a batch's attributes."""
PARTITION = TopicPartition("images", 0)
ROOM = 10_000
MOST_RECORDS = 10_000
_BEFORE_CRC, _AFTER_CRC = struct.Struct(">qiib"), struct.Struct(">hiqqqhii")


class Batches:
    """Batches of a few records."""

    def make(self, dice: Dice) -> Hostile:
        """One or two batches; those whose records are edited have right checksums, or nobody would look at them."""
        before = _batch(dice, 0, forged=False) if dice.chance(0.5) else b""
        return Hostile("batch", before + _batch(dice, 5, forged=True))

    def judge(self, hostile: Hostile) -> Outcome:
        """Unpack them as the consumer does: every record comes, as it is or as unreadable, and offsets only rise."""
        records = PatientRecords(ROOM, 0, PARTITION, MemoryRecords(hostile.data))
        found: list[Record] = []
        while records and len(found) <= MOST_RECORDS:
            found += records.take(100)
        unreadable = [each for each in found if isinstance(each, UnreadableRecord)]
        offsets = [each.offset for each in found]
        fault = ""
        if any(later <= earlier for earlier, later in pairwise(offsets)):
            fault = f"offsets {offsets[:20]}"
        elif offsets and records.next_fetch_offset <= offsets[-1]:
            fault = f"offset {records.next_fetch_offset} is to be fetched after {offsets[-1]}"
        elif any(each.rejection.reason not in (Reason.UNREADABLE_RECORD, Reason.TOO_LARGE) for each in unreadable):
            fault = "another reason"
        return Outcome("some unreadable" if unreadable else "valid", fault=fault)


def _batch(dice: Dice, base: int, *, forged: bool) -> bytes:
    """A batch of a few records, most often edited; only a forged one has a header that no broker would write."""
    codec = dice.below(len(CODECS))
    count = dice.between(1, 4)
    records = b"".join(_record(index, dice) for index in range(count))
    if dice.chance(0.4):
        records = any_bytes.edit(records, records, dice)
    if dice.chance(0.03):
        records = bytes(1 << 20)
    packed = CODECS[codec](records)
    if dice.chance(0.4):
        packed = any_bytes.edit(packed, packed, dice)
    attributes = codec if dice.chance(0.9) else dice.number(2) - (1 << 15)
    last = dice.between(-1, 50) if forged and dice.chance(0.1) else count - 1
    claimed = count if dice.chance(0.9) else dice.between(-1, 50)
    body = _AFTER_CRC.pack(attributes, last, 0, dice.number(8) - (1 << 63), -1, -1, -1, claimed) + packed
    checksum = calc_crc32c(body) if dice.chance(0.9) else dice.number(4)
    length = dice.number(4) - (1 << 31) if forged and dice.chance(0.05) else len(body) + 9
    version = dice.below(5) if forged and dice.chance(0.03) else 2
    whole = _BEFORE_CRC.pack(base, length, 0, version) + checksum.to_bytes(4) + body
    return any_bytes.edit(whole, whole, dice) if forged and dice.chance(0.1) else whole


def _record(index: int, dice: Dice) -> bytes:
    value = dice.bytes(dice.pick((0, 1, 50, 500, 12_000)))
    headers = _varint(1) + _field(b"stream") + _field(b"a")
    body = b"\0" + _varint(0) + _varint(index) + _field(b"key") + _field(value) + headers
    return _varint(len(body)) + body


def _field(data: bytes) -> bytes:
    return _varint(len(data)) + data


def _varint(value: int) -> bytes:
    written = bytearray()
    encode_varint(value, written.append)
    return bytes(written)
