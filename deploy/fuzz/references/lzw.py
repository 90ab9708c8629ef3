"""LZW as TIFF has it: strict about codes, and silent about nothing (TIFF 6.0, section 13)."""

from deploy.fuzz.references.reading import Damage

CLEAR, END, FIRST = 256, 257, 258
MOST_BITS = 12


def lzw(content: bytes, size: int) -> bytes:
    """Decompress until there are `size` bytes; what follows them is left where it is.

    Raises:
        Damage: if a code is none, or the data ends before.
    """
    out = bytearray()
    table = [bytes([value]) for value in range(256)] + [b"", b""]
    place, bits, before = 0, 9, b""
    number, total = int.from_bytes(content), 8 * len(content)
    while len(out) < size:
        if place + bits > total:
            raise Damage("LZW data ends early")
        code = number >> (total - place - bits) & ((1 << bits) - 1)
        place += bits
        if code == END:
            raise Damage("LZW data ends early")
        if code == CLEAR:
            del table[FIRST:]
            bits, before = 9, b""
            continue
        if code > len(table) or (code == len(table) and not before) or (not before and code > CLEAR):
            raise Damage("no such LZW code")
        found = table[code] if code < len(table) else before + before[:1]
        out += found
        if before and len(table) < 1 << MOST_BITS:
            table.append(before + found[:1])
        before = found
        bits = min(MOST_BITS, max(9, (len(table) + 1).bit_length()))
    return bytes(out[:size])
