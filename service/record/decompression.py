"""Decompression of record batches as a stream: gzip, snappy, lz4 and zstd, never the whole batch in memory."""

import gzip
import io
from collections.abc import Callable
from typing import Any, BinaryIO, cast

import lz4.frame
import snappy
import zstandard

_XERIAL_MAGIC = b"\x82SNAPPY\x00"
_XERIAL_HEADER_BYTES = 16
_LENGTH_BYTES = 4
_BUFFER_BYTES = 64 * 1024

SNAPPY_BLOCK_BYTES = 64 * 1024 * 1024
"""A block is decompressed at once, so larger ones are refused; producers write 32 kB, or a whole batch, as a block."""


class UnknownCodec(ValueError):  # noqa: N818 - a fact about a batch, as its reader handles it
    """The batch names a codec that Kafka does not define."""


def decompress(codec: int, data: bytes) -> BinaryIO:
    """A stream of the decompressed bytes; `codec` is the number in the attributes of a record batch.

    Reading from it raises whatever the codec's library raises for damaged data.

    Raises:
        UnknownCodec: if there is no such codec.
    """
    opener = _OPENERS.get(codec)
    if opener is None:
        raise UnknownCodec(f"expected a codec of {', '.join(map(str, _OPENERS))}, found {codec}")
    return opener(io.BytesIO(data))


def _gzip(data: io.BytesIO) -> BinaryIO:
    return cast("BinaryIO", gzip.GzipFile(fileobj=data, mode="rb"))


def _lz4(data: io.BytesIO) -> BinaryIO:
    return cast("BinaryIO", lz4.frame.LZ4FrameFile(data, mode="rb"))


def _zstd(data: io.BytesIO) -> BinaryIO:
    # Its window takes up to 128 MiB, the library's default: what a producer at level 22 needs.
    return cast("BinaryIO", zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True))


def _snappy(data: io.BytesIO) -> BinaryIO:
    return cast("BinaryIO", io.BufferedReader(_SnappyBlocks(data), _BUFFER_BYTES))


class _SnappyBlocks(io.RawIOBase):
    """Snappy as Kafka's producers write it: blocks framed as xerial's snappy-java does, or one bare block."""

    def __init__(self, data: io.BytesIO) -> None:
        self._data = data
        self._framed = data.getvalue()[: len(_XERIAL_MAGIC)] == _XERIAL_MAGIC
        self._data.seek(_XERIAL_HEADER_BYTES if self._framed else 0)
        self._block = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._block:
            compressed = self._next()
            if not compressed:
                return 0
            if _length(compressed) > SNAPPY_BLOCK_BYTES:
                raise ValueError(f"expected snappy blocks of at most {SNAPPY_BLOCK_BYTES} bytes")
            self._block = memoryview(snappy.decompress(compressed))
        into = memoryview(buffer).cast("B")
        size = min(len(into), len(self._block))
        into[:size], self._block = self._block[:size], self._block[size:]
        return size

    def _next(self) -> bytes:
        if not self._framed:
            return self._data.read()
        head = self._data.read(_LENGTH_BYTES)
        size = int.from_bytes(head, "big", signed=True)
        block = self._data.read(max(0, size))
        if head and (len(head) < _LENGTH_BYTES or len(block) != size):
            raise EOFError("expected a whole snappy block")
        return block


def _length(block: bytes) -> int:
    """The uncompressed length that a snappy block begins with, seven bits a byte, least first."""
    length = 0
    for index, byte in enumerate(block[:5]):
        length |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:  # noqa: PLR2004 - the high bit says that more follow
            break
    return length


def _plain(data: io.BytesIO) -> BinaryIO:
    return data


_OPENERS: dict[int, Callable[[io.BytesIO], BinaryIO]] = {0: _plain, 1: _gzip, 2: _snappy, 3: _lz4, 4: _zstd}
