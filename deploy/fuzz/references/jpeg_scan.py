"""Decoding the coefficients of a JPEG's scan, only to see whether its data is whole (ITU-T T.81, annexes F and G)."""

from collections.abc import Iterator
from dataclasses import dataclass

from deploy.fuzz.references.jpeg_frame import Component, Frame, Huffman
from deploy.fuzz.references.reading import Damage

SPARE = 8
"""Whole bytes left over that are no damage yet: decoders read so far ahead, and do not look at what they have read."""


@dataclass
class Bits:
    """The bits of one restart interval, stuffed zeros taken out."""

    data: bytes
    place: int = 0

    def ahead(self) -> int:
        """The next 16 bits, zeros beyond the end."""
        start = self.place >> 3
        window = int.from_bytes(self.data[start : start + 3].ljust(3, b"\0"))
        return window >> (8 - (self.place & 7)) & 0xFFFF

    def skip(self, count: int) -> None:
        """Go on by some bits.

        Raises:
            Damage: if the data ends before them.
        """
        self.place += count
        if self.place > 8 * len(self.data):
            raise Damage("data ends early")

    def take(self, count: int) -> int:
        """The next bits, up to 16, as a number."""
        found = self.ahead() >> (16 - count)
        self.skip(count)
        return found

    def symbol(self, table: Huffman) -> int:
        """The next Huffman symbol."""
        found, length = table.read(self.ahead())
        self.skip(length)
        return found


@dataclass(frozen=True)
class Scan:
    """The header of a scan: components with their tables, coefficients, and bits of them."""

    parts: tuple[tuple[Component, int, int], ...]
    """Of each component: the numbers of its DC and AC table."""
    first: int
    last: int
    before: int
    """Lowest bit sent so far; 0 for the first scan of these coefficients."""
    after: int


def read_scan(content: bytes, frame: Frame) -> Scan:
    """A scan's header.

    Raises:
        Damage: if it does not fit the frame.
    """
    count = content[0] if content else 0
    if not 1 <= count <= 4 or len(content) < 4 + 2 * count:  # noqa: PLR2004 - components of a scan
        raise Damage("scan header")
    by_name = {each.identifier: each for each in frame.components}
    parts = []
    for place in range(1, 1 + 2 * count, 2):
        if content[place] not in by_name:
            raise Damage("scan of an unknown component")
        parts.append((by_name[content[place]], content[place + 1] >> 4, content[place + 1] & 15))
    first, last, bits = content[1 + 2 * count : 4 + 2 * count]
    if frame.progressive and (last > 63 or first > last or (first and count > 1) or (not first and last)):  # noqa: PLR2004
        raise Damage("coefficients of a scan")
    if not frame.progressive:
        first, last, bits = 0, 63, 0
    return Scan(tuple(parts), first, last, bits >> 4, bits & 15)


class ScanReader:
    """Goes through the data of one scan."""

    def __init__(self, frame: Frame, scan: Scan, tables: dict[int, Huffman], restart: int) -> None:
        """Read with these tables; `restart` is the number of units between restart markers, 0 for none."""
        self._frame, self._scan, self._tables, self._restart = frame, scan, dict(tables), restart
        self._runs = 0

    def check(self, data: bytes) -> None:
        """Decode all of it.

        Raises:
            Damage: if it ends early, goes on after the picture, has no such codes, or misses a restart marker.
        """
        units = list(self._units())
        step = self._restart or len(units)
        intervals = _intervals(data)
        starts = range(0, len(units), step)
        if len(intervals) != len(starts):
            raise Damage(f"{len(starts)} restart intervals expected, {len(intervals)} found")
        for start, interval in zip(starts, intervals, strict=True):
            bits = Bits(interval)
            self._runs = 0
            for blocks in units[start : start + step]:
                for part, index in blocks:
                    self._block(bits, part, index)
            if (8 * len(interval) - bits.place) // 8 > SPARE:
                raise Damage("data goes on after the picture")
        for component, _, _ in self._scan.parts:
            for coefficient in range(self._scan.first, self._scan.last + 1):
                component.known[coefficient] = self._scan.after

    def _units(self) -> Iterator[list[tuple[tuple[Component, int, int], int]]]:
        """The blocks of each unit: one alone, or all of an interleaved unit."""
        if len(self._scan.parts) == 1:
            (part,) = self._scan.parts
            for row in range(part[0].rows):
                for column in range(part[0].columns):
                    yield [(part, row * part[0].stored + column)]
            return
        across, down = self._frame.units
        for y in range(down):
            for x in range(across):
                yield [
                    (part, (y * part[0].down + row) * part[0].stored + x * part[0].across + column)
                    for part in self._scan.parts
                    for row in range(part[0].down)
                    for column in range(part[0].across)
                ]

    def _block(self, bits: Bits, part: tuple[Component, int, int], index: int) -> None:
        component, dc, ac = part
        scan = self._scan
        if not self._frame.progressive:
            bits.skip(bits.symbol(self._table(dc)) & 15)
            self._first_ac(bits, self._table(16 + ac), None, 1)
        elif scan.first == 0:
            bits.skip(1 if scan.before else bits.symbol(self._table(dc)) & 15)
        elif scan.before == 0:
            self._first_ac(bits, self._table(16 + ac), component.set[index], scan.first)
        else:
            self._refined_ac(bits, self._table(16 + ac), component.set[index])

    def _first_ac(self, bits: Bits, table: Huffman, known: bytearray | None, place: int) -> None:
        if self._runs:
            self._runs -= 1
            return
        while place <= self._scan.last:
            symbol = bits.symbol(table)
            zeros, size = symbol >> 4, symbol & 15
            if size:
                place += zeros
                bits.skip(size)
                if known is not None and place <= 63:  # noqa: PLR2004 - the last coefficient
                    known[place] = 1
                place += 1
            elif zeros == 15:  # noqa: PLR2004 - sixteen zeros
                place += 16
            else:
                if known is not None:
                    self._runs = (1 << zeros) + (bits.take(zeros) if zeros else 0) - 1
                return

    def _refined_ac(self, bits: Bits, table: Huffman, known: bytearray) -> None:
        place = self._scan.first
        while place <= self._scan.last and not self._runs:
            symbol = bits.symbol(table)
            zeros, size = symbol >> 4, symbol & 15
            if size:
                bits.skip(1)
            elif zeros < 15:  # noqa: PLR2004 - the rest of this block and of others is zero
                self._runs = (1 << zeros) + (bits.take(zeros) if zeros else 0)
                break
            while place <= self._scan.last:
                if known[place]:
                    bits.skip(1)
                elif zeros == 0:
                    break
                else:
                    zeros -= 1
                place += 1
            if size and place <= self._scan.last:
                known[place] = 1
            place += 1
        if self._runs:
            bits.skip(sum(known[place : self._scan.last + 1]))
            self._runs -= 1

    def _table(self, number: int) -> Huffman:
        found = self._tables.get(number)
        if found is None:
            raise Damage("no such Huffman table")
        return found


def _intervals(data: bytes) -> list[bytes]:
    """The data between restart markers, without stuffed zeros.

    Raises:
        Damage: if the markers do not count from 0 to 7.
    """
    found, start, place, expected = [], 0, 0, 0
    while (place := data.find(b"\xff", place)) >= 0 and place + 1 < len(data):
        if 0xD0 <= data[place + 1] <= 0xD7:  # noqa: PLR2004 - RST0 to RST7
            if data[place + 1] != 0xD0 + expected:
                raise Damage("a restart marker out of order")
            expected = (expected + 1) % 8
            found.append(data[start:place])
            start = place + 2
        place += 2
    return [each.replace(b"\xff\0", b"\xff") for each in [*found, data[start:]]]
