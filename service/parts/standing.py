"""Where a consumer group stands in a partition of verdicts: a committed offset and, in its metadata, what is open.

The verdicts before the offset that belong to parts still open are a bit map: with it and the topic, the state is what
it was when the offset was committed (docs/adr/0030-a-part-is-a-bit-map.md).
"""

import base64
import binascii
import re
from collections.abc import Collection
from dataclasses import dataclass

WINDOW = 8_000
"""How many offsets back from the committed one verdicts still count. The bit map of so many takes 1.4 kB in base64;
brokers take 4 kB of metadata (`offset.metadata.max.bytes`)."""

_FORM = re.compile(r"open:(\d{1,19}):([A-Za-z0-9+/]+=*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Standing:
    """The committed offset, and the offsets before it whose verdicts belong to open parts."""

    offset: int = 0
    open: frozenset[int] = frozenset()

    @property
    def window_start(self) -> int:
        """Where to read from in order to have the state of this standing."""
        return max(0, self.offset - WINDOW)


def encode(open_offsets: Collection[int]) -> str:
    """The metadata that notes these offsets, at most WINDOW apart: the first one, and a bit for each from there on."""
    if not open_offsets:
        return ""
    first = min(open_offsets)
    bits = 0
    for offset in open_offsets:
        bits |= 1 << (offset - first)
    packed = bits.to_bytes((bits.bit_length() + 7) // 8, "little")
    return f"open:{first}:{base64.b64encode(packed).decode()}"


def decode(metadata: str) -> frozenset[int]:
    """The offsets that metadata notes; none where it is empty, as after an offset was reset by hand.

    Raises:
        ValueError: if it is not of our making.
    """
    if not metadata:
        return frozenset()
    found = _FORM.fullmatch(metadata)
    try:
        packed = base64.b64decode(found[2], validate=True) if found else None
    except binascii.Error:
        packed = None
    if found is None or packed is None or 8 * len(packed) > WINDOW + 8:
        msg = f"expected open:OFFSET:BITS, found {metadata[:100]!r}"
        raise ValueError(msg)
    first, bits = int(found[1]), int.from_bytes(packed, "little")
    return frozenset(first + place for place in range(bits.bit_length()) if bits >> place & 1)
