"""The records of one Kafka record batch (message format 2), parsed one by one from a stream, with bounded memory.

Source: Apache Kafka's documentation, "Message Format", and the comments of `DefaultRecord.java`.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

from service.record.messages import Headers

HEADER_ROOM = 128
"""What a header takes of a record's room besides its bytes: a million of empty ones are large, too."""

MOST_HEADERS = 10_000
"""Of one record: each takes some 20 µs to parse, and a compressed record can have millions of empty ones."""

BATCH_BYTES = 1 << 30
"""A batch is read up to here: at gzip's 1000 : 1, more than this is a bomb, and takes too long."""

_PIECE = 256 * 1024
_VARINT_BYTES = 10


class Malformed(ValueError):  # noqa: N818 - a fact about a record, as the reader of its batch handles it
    """What is read is no record; where it ends is known, so that the next one can be read."""


class Oversized(ValueError):  # noqa: N818 - as above
    """The batch is longer than BATCH_BYTES."""


@dataclass(frozen=True, slots=True)
class Fields:
    """One record: offset and timestamp relative to its batch. What had no room is left out, and `size` says why."""

    offset_delta: int
    timestamp_delta: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    size: int
    """Of the whole record, in bytes, uncompressed."""
    is_whole: bool


def parse_records(stream: BinaryIO, count: int, room: int) -> Iterator[Fields | Malformed]:
    """Yield the records of a batch in order; a malformed one as its error.

    Args:
        stream: the uncompressed records.
        count: how many the batch holds by its header.
        room: the most bytes of one record to keep; a field beyond it is passed over.

    Raises:
        EOFError: if the records end early, or where one ends cannot be told.
        Oversized: if there are more than BATCH_BYTES.
        Exception: whatever the stream raises for damaged data.
    """
    section = _Section(stream)
    for _ in range(count):
        size = section.length()
        end = section.position + size
        try:
            yield _Record(section, end, room).fields(size)
        except Malformed as error:
            yield error
        section.skip(end - section.position)


class _Section:
    """The bytes of a batch's records, taken in order."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.position = 0

    def take(self, size: int) -> bytes:
        self._advance(size)
        data = self._stream.read(size)
        while len(data) < size:
            more = self._stream.read(size - len(data))
            if not more:
                raise EOFError(f"expected {size} more bytes of records, found {len(data)}")
            data += more
        return data

    def skip(self, size: int) -> None:
        while size > 0:
            size -= len(self.take(min(size, _PIECE)))

    def length(self) -> int:
        """The length of a record; without it, nobody can tell where the next begins."""
        try:
            size = self.varint()
        except Malformed as error:
            raise EOFError(str(error)) from error
        if size < 0:
            raise EOFError(f"expected the length of a record, found {size}")
        return size

    def varint(self, end: float = math.inf) -> int:
        """An integer in zigzag encoding, seven bits a byte, least first; it must not reach beyond `end`."""
        result = 0
        for index in range(_VARINT_BYTES):
            if self.position >= end:
                raise Malformed("expected more fields, found the end of the record")
            byte = self.take(1)[0]
            result |= (byte & 0x7F) << (7 * index)
            if byte < 0x80:  # noqa: PLR2004 - the high bit says that more follow
                return (result >> 1) ^ -(result & 1)
        raise Malformed("expected an integer of at most ten bytes")

    def _advance(self, size: int) -> None:
        self.position += size
        if self.position > BATCH_BYTES:
            raise Oversized(f"expected at most {BATCH_BYTES} bytes of records in one batch, uncompressed")


class _Record:
    """Parses one record up to its `end`, keeping at most `room` bytes of it."""

    def __init__(self, section: _Section, end: int, room: int) -> None:
        self._section = section
        self._end = end
        self._room = room
        self._is_whole = True

    def fields(self, size: int) -> Fields:
        self._attributes()
        timestamp_delta, offset_delta = self._varint(), self._varint()
        key, value = self._nullable(), self._nullable()
        headers = self._headers()
        if self._section.position != self._end:
            raise Malformed(f"expected a record of {size} bytes, found another length")
        return Fields(offset_delta, timestamp_delta, key, value, headers, size, self._is_whole)

    def _headers(self) -> Headers:
        headers: Headers = []
        count = self._varint()
        if not 0 <= count <= self._end - self._section.position:
            raise Malformed(f"expected the number of headers, found {count}")
        for _ in range(count):
            self._room -= HEADER_ROOM
            name, value = self._nullable(), self._nullable()
            if self._room < 0 or len(headers) == MOST_HEADERS:
                return self._without_the_rest(headers)
            if name is not None:
                known = cast("bytes", value)  # or None, as in the client
                headers.append((name.decode(errors="backslashreplace"), known))
        return headers

    def _without_the_rest(self, headers: Headers) -> Headers:
        """Pass over the end of the record: to read on would take minutes where there are millions of headers."""
        self._is_whole = False
        self._section.skip(self._end - self._section.position)
        return headers

    def _nullable(self) -> bytes | None:
        """A field after its length; None where that is negative, or where there is no room for it."""
        size = self._varint()
        if size < 0:
            return None
        if size > self._end - self._section.position:
            raise Malformed(f"expected a field within its record, found one of {size} bytes")
        if size > self._room:
            self._is_whole = False
            self._section.skip(size)
            return None
        self._room -= size
        return self._section.take(size)

    def _attributes(self) -> None:
        """One byte, of which nothing is in use."""
        if self._section.position < self._end:
            self._section.take(1)

    def _varint(self) -> int:
        return self._section.varint(self._end)
