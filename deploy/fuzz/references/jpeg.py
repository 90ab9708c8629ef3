"""JPEG: damage by a reader of our own that follows every code, pixels by Pillow (ITU-T T.81)."""

import io
from functools import cache

import numpy as np
from PIL import Image

from deploy.fuzz.encodings.jpeg_bytes import DHT, DRI, EOI, FRAMES, JUNK, SOS, Segment, jpeg, segments
from deploy.fuzz.references.jpeg_frame import Frame, Huffman, read_frame, read_tables
from deploy.fuzz.references.jpeg_scan import ScanReader, read_scan
from deploy.fuzz.references.png import exif_orientation
from deploy.fuzz.references.reading import Damage, Reading, Unread, turned

READ = (0xC0, 0xC1, 0xC2)
"""Baseline, extended sequential and progressive frames, all with Huffman codes."""

MOST, MEAN = 6, 1.0
"""Grey levels, anywhere and on average, by which decoders of JPEG may differ: the standard leaves them some freedom."""


def read(data: bytes) -> Reading:
    """Decode one JPEG.

    Raises:
        Damage: if its data is short, goes on too long, has no such codes, or a progressive picture is not finished.
        Unread: if it holds several pictures, or one of a kind that is not read.
    """
    check(data)
    try:
        with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
            pixels = np.asarray(image.convert("RGB") if image.mode != "L" else image)
            exif = image.info.get("exif", b"")
    except (OSError, ValueError, SyntaxError, IndexError, Image.DecompressionBombError) as error:
        raise Damage(f"Pillow: {error}") from error
    return Reading(turned(pixels, exif_orientation(exif)), MOST, MEAN)


def check(data: bytes) -> None:
    """Follow every code of every scan.

    Raises:
        Damage, Unread: as for `read`.
    """
    if not data.startswith(b"\xff\xd8"):
        raise Damage("no start")
    picture = _Picture()
    for part in segments(data):
        if part.marker == EOI:
            picture.finish(part)
            return
        picture.read(part)
    raise Damage("no end")


@cache
def _annex_k() -> bytes:
    """A file with the Huffman tables of annex K, which need not be said."""
    return jpeg(np.zeros((8, 8, 3), np.uint8))


def usual_tables() -> dict[int, Huffman]:
    """The Huffman tables that hold until a file has its own."""
    tables: dict[int, Huffman] = {}
    for part in segments(_annex_k()):
        if part.marker == DHT:
            read_tables(part.content, tables)
    return tables


class _Picture:
    """What the segments so far have said."""

    def __init__(self) -> None:
        self._tables = usual_tables()
        self._frame: Frame | None = None
        self._restart = 0

    def read(self, part: Segment) -> None:
        """Take in one segment, and follow its scan if it is one."""
        if part.marker == DHT:
            read_tables(part.content, self._tables)
        elif part.marker == DRI:
            self._restart = int.from_bytes(part.content[:2])
        elif part.marker in FRAMES:
            if self._frame is not None:
                raise Damage("two frames")
            if part.marker not in READ:
                raise Unread(f"frame {part.marker:02x}")
            self._frame = read_frame(part.marker, part.content)
        elif part.marker == SOS:
            if self._frame is None:
                raise Damage("a scan before its frame")
            scan = read_scan(part.content, self._frame)
            ScanReader(self._frame, scan, self._tables, self._restart).check(part.scan)
        elif part.marker == JUNK:
            raise Damage("bytes between segments")

    def finish(self, end: Segment) -> None:
        """Look at what is there at the end, and after it."""
        if self._frame is None:
            raise Damage("no frame")
        if any(set(each.known) != {0} for each in self._frame.components):
            raise Damage("a picture that is not finished")
        if b"\xff\xd8\xff" in end.scan:
            raise Unread("several pictures")
