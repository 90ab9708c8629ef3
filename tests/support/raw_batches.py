"""Record batches built by hand, right or wrong, and produced as they are: no client would write some of them."""

import gzip
import socket
import struct
from collections.abc import Callable, Sequence
from typing import Any

import lz4.frame
import zstandard
from kafka.codec import snappy_encode
from kafka.record.util import calc_crc32c, encode_varint

from tests.support.service import wait_until

CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}

COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "none": bytes,
    "gzip": gzip.compress,
    "snappy": snappy_encode,
    "lz4": lambda data: bytes(lz4.frame.compress(data, block_linked=False)),
    "zstd": lambda data: zstandard.ZstdCompressor().compress(data),
}

_BEFORE_CRC = struct.Struct(">qiib")
_AFTER_CRC = struct.Struct(">hiqqqhii")
_PRODUCE, _PRODUCE_VERSION = 0, 7
_NO_LEADER_YET = (3, 5, 6)


def varint(value: int) -> bytes:
    written = bytearray()
    encode_varint(value, written.append)
    return bytes(written)


def field(data: bytes | None) -> bytes:
    return varint(-1) if data is None else varint(len(data)) + data


def record(
    offset: int,
    value: bytes | None,
    key: bytes | None = None,
    headers: Sequence[tuple[bytes, bytes | None]] = (),
    timestamp: int = 0,
) -> bytes:
    """One record with its length; offset and timestamp are relative to its batch."""
    written = b"".join(field(name) + field(each) for name, each in headers)
    return framed(
        b"\0" + varint(timestamp) + varint(offset) + field(key) + field(value) + varint(len(headers)) + written
    )


def framed(body: bytes) -> bytes:
    return varint(len(body)) + body


def batch(
    records: bytes,
    number: int,
    codec: str | int = "none",
    *,
    base: int = 0,
    last_delta: int | None = None,
    crc: int | None = None,
    timestamp: int = 1_750_000_000_000,
) -> bytes:
    """A batch that claims `number` records; `records` are compressed already."""
    attributes = codec if isinstance(codec, int) else CODECS[codec]
    last = number - 1 if last_delta is None else last_delta
    body = _AFTER_CRC.pack(attributes, last, timestamp, timestamp, -1, -1, -1, number) + records
    checksum = struct.pack(">I", calc_crc32c(body) if crc is None else crc)
    return _BEFORE_CRC.pack(base, len(body) + 9, 0, 2) + checksum + body


def packed(values: Sequence[bytes], codec: str = "none", **options: Any) -> bytes:
    """A sound batch of records with these values, and keys `part-0` and so on."""
    records = b"".join(record(index, value, b"part-%d" % index) for index, value in enumerate(values))
    return batch(COMPRESS[codec](records), len(values), codec, **options)


def produce(bootstrap: str, topic: str, partition: int, data: bytes) -> int:
    """Send a batch as it is, once the partition has its leader; returns the broker's error code, 0 if it took it."""
    answers: list[int] = []

    def answered() -> bool:
        answers.append(_send(bootstrap, topic, partition, data))
        return answers[-1] not in _NO_LEADER_YET

    wait_until(answered, "a leader of the partition")
    return answers[-1]


def _send(bootstrap: str, topic: str, partition: int, data: bytes) -> int:
    topic_name = topic.encode()
    request = (
        struct.pack(">hhih4s", _PRODUCE, _PRODUCE_VERSION, 7, 4, b"test")
        + struct.pack(">hhi", -1, -1, 30_000)
        + struct.pack(">ih", 1, len(topic_name))
        + topic_name
        + struct.pack(">iii", 1, partition, len(data))
        + data
    )
    host, _, port = bootstrap.partition(":")
    with socket.create_connection((host, int(port)), timeout=60.0) as connection, connection.makefile("rb") as answers:
        connection.sendall(struct.pack(">i", len(request)) + request)
        (size,) = struct.unpack(">i", answers.read(4))
        answer = answers.read(size)
    # correlation id, topics, topic name, partitions, partition, then the error code
    at = 4 + 4 + 2 + len(topic_name) + 4 + 4
    (error,) = struct.unpack_from(">h", answer, at)
    return int(error)
