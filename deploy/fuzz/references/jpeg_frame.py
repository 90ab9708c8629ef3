"""The headers of a JPEG: frame, components, Huffman tables (ITU-T T.81, annexes B and C)."""

from bisect import bisect_left
from dataclasses import dataclass, field

from deploy.fuzz.references.reading import Damage, Unread

MOST_PIXELS = 1 << 24
"""Of the pictures that are followed."""


@dataclass
class Component:
    """One channel: its sampling, its size in blocks, and what has been decoded of it."""

    identifier: int
    across: int
    down: int
    columns: int
    """Blocks of the picture itself, in one line."""
    rows: int
    stored: int
    """Blocks in one line with those that fill up the last interleaved unit."""
    known: list[int] = field(default_factory=lambda: [-1] * 64)
    """Of each coefficient: the bits that are still to come; -1 before its first scan."""
    set: list[bytearray] = field(default_factory=list)
    """Of each block, which coefficients are not zero; only progressive frames need it."""


@dataclass
class Frame:
    """The frame header."""

    progressive: bool
    width: int
    height: int
    components: list[Component]

    @property
    def units(self) -> tuple[int, int]:
        """Interleaved units in a line, and lines of them."""
        across, down = self.most
        return -(-self.width // (8 * across)), -(-self.height // (8 * down))

    @property
    def most(self) -> tuple[int, int]:
        """The largest sampling factors."""
        return max(each.across for each in self.components), max(each.down for each in self.components)


def read_frame(marker: int, content: bytes) -> Frame:
    """A frame from its header.

    Raises:
        Damage: if the header makes no sense.
        Unread: if it is of a kind that is not followed.
    """
    if len(content) < 6 or len(content) < 6 + 3 * content[5] or not content[5]:  # noqa: PLR2004 - the header
        raise Damage("frame header")
    if content[0] != 8:  # noqa: PLR2004 - bits
        raise Unread(f"{content[0]} bits")
    height, width = int.from_bytes(content[1:3]), int.from_bytes(content[3:5])
    if not width or not height:
        raise Damage("empty frame")
    if width * height > MOST_PIXELS:
        raise Unread("a very large picture")
    factors = [
        (content[place], content[place + 1] >> 4, content[place + 1] & 15) for place in range(6, 6 + 3 * content[5], 3)
    ]
    if any(not 1 <= across <= 4 or not 1 <= down <= 4 for _, across, down in factors):  # noqa: PLR2004
        raise Damage("sampling factors")
    frame = Frame(marker == 0xC2, width, height, [])  # noqa: PLR2004 - SOF2
    wide, tall = max(across for _, across, _ in factors), max(down for _, _, down in factors)
    units, lines = -(-width // (8 * wide)), -(-height // (8 * tall))
    for identifier, across, down in factors:
        columns = _up(_up(width * across, wide), 8)
        rows = _up(_up(height * down, tall), 8)
        each = Component(identifier, across, down, columns, rows, units * across)
        if frame.progressive:
            each.set = [bytearray(64) for _ in range(units * across * lines * down)]
        frame.components.append(each)
    return frame


def _up(number: int, by: int) -> int:
    """The quotient, rounded up."""
    return -(-number // by)


class Huffman:
    """A canonical Huffman code, read by the length of the next 16 bits."""

    def __init__(self, counts: bytes, symbols: bytes) -> None:
        """Build the code from the number of codes of each length, 1 to 16, and their symbols in order."""
        self.symbols = symbols
        self._ends: list[int] = []
        """Of each length: one past its last code, moved to 16 bits."""
        self._first: list[int] = []
        """Of each length: place of its first symbol, less its first code."""
        code = place = 0
        for length, count in enumerate(counts, start=1):
            self._first.append(place - code)
            code += count
            place += count
            self._ends.append(code << (16 - length))
            code <<= 1

    def read(self, ahead: int) -> tuple[int, int]:
        """The next symbol and the length of its code, from the next 16 bits.

        Raises:
            Damage: if no code begins so.
        """
        length = bisect_left(self._ends, ahead + 1) + 1
        if length > 16:  # noqa: PLR2004 - the longest code
            raise Damage("no such Huffman code")
        return self.symbols[(ahead >> (16 - length)) + self._first[length - 1]], length


def read_tables(content: bytes, into: dict[int, Huffman]) -> None:
    """Put the Huffman tables of one segment into a dictionary, by class and number.

    Raises:
        Damage: if a table is cut off.
    """
    place = 0
    while place < len(content):
        counts = content[place + 1 : place + 17]
        symbols = content[place + 17 : place + 17 + sum(counts)]
        if len(counts) < 16 or len(symbols) < sum(counts):  # noqa: PLR2004 - lengths 1 to 16
            raise Damage("Huffman table")
        into[content[place]] = Huffman(counts, symbols)
        place += 17 + len(symbols)
