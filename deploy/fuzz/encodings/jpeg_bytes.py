"""JPEG taken apart into its segments, and put together again (ITU-T T.81, annex B)."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from PIL import Image

SOI, EOI, SOS, DQT, DHT, DRI, SOF0, SOF1, SOF2, APP0, APP1, APP14, COM = (
    0xD8, 0xD9, 0xDA, 0xDB, 0xC4, 0xDD, 0xC0, 0xC1, 0xC2, 0xE0, 0xE1, 0xEE, 0xFE,
)  # fmt: skip
START, END = b"\xff\xd8", b"\xff\xd9"
JUNK = -1
"""Not a marker: bytes that belong to no segment."""
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""All start-of-frame markers."""


@dataclass(frozen=True)
class Segment:
    """A marker with its content, and after a start of scan the entropy-coded data that follows."""

    marker: int
    content: bytes = b""
    scan: bytes = b""

    def bytes(self) -> bytes:
        """As it stands in the file."""
        if self.marker == JUNK:
            return self.scan
        if self.marker in (SOI, EOI):
            return bytes([0xFF, self.marker]) + self.scan
        return bytes([0xFF, self.marker]) + (len(self.content) + 2).to_bytes(2) + self.content + self.scan


def jpeg(samples: np.ndarray, **options: Any) -> bytes:
    """A file as Pillow writes it, quality 95 unless told; samples uint8 [h, w], RGB [h, w, 3] or CMYK [h, w, 4]."""
    stream = io.BytesIO()
    mode = "CMYK" if samples.ndim == 3 and samples.shape[2] == 4 else None  # noqa: PLR2004 - inks
    image = Image.frombytes(mode, samples.shape[1::-1], samples.tobytes()) if mode else Image.fromarray(samples)
    image.save(stream, "JPEG", **{"quality": 95, **options})
    return stream.getvalue()


def segments(data: bytes) -> list[Segment]:
    """The segments of a whole JPEG, in order, without fill bytes; what does not parse any more is JUNK, to the end."""
    return list(_segments(data))


def joined(parts: Iterable[Segment]) -> bytes:
    """The file of these segments."""
    return b"".join(part.bytes() for part in parts)


def scans(parts: Iterable[Segment]) -> list[Segment]:
    """The scans among the segments."""
    return [part for part in parts if part.marker == SOS]


def with_scan(data: bytes, scan: bytes) -> bytes:
    """The file with other entropy-coded data in its only, or its first, scan."""
    parts = segments(data)
    where = next(index for index, part in enumerate(parts) if part.marker == SOS)
    parts[where] = replace(parts[where], scan=scan)
    return joined(parts)


def with_segment(data: bytes, extra: Segment) -> bytes:
    """The file with one more segment straight after its start."""
    return data[:2] + extra.bytes() + data[2:]


def _segments(data: bytes) -> Iterator[Segment]:
    place = 0
    while place + 2 <= len(data) and data[place] == 0xFF:  # noqa: PLR2004 - a marker's first byte
        marker = data[place + 1]
        if marker == 0xFF:  # noqa: PLR2004 - a fill byte
            place += 1
            continue
        if marker in (SOI, EOI):
            rest = data[place + 2 :] if marker == EOI else b""
            yield Segment(marker, scan=rest)
            place += 2 + len(rest)
            continue
        length = int.from_bytes(data[place + 2 : place + 4])
        after = place + 2 + max(length, 2)
        end = _end_of_scan(data, after) if marker == SOS else after
        yield Segment(marker, data[place + 4 : after], data[after:end])
        place = end
    if place < len(data):
        yield Segment(JUNK, scan=data[place:])


def _end_of_scan(data: bytes, place: int) -> int:
    """Where the next marker stands that is neither a stuffed zero nor a restart."""
    while True:
        place = data.find(b"\xff", place)
        if place < 0 or place + 1 >= len(data):
            return len(data)
        if data[place + 1] != 0 and not 0xD0 <= data[place + 1] <= 0xD7:  # noqa: PLR2004 - RST0 to RST7
            return place
        place += 2
