"""Defect masks, compressed in memory: a few kilobytes each, whatever the size of the image."""

import zlib
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class PackedMask:
    """One bit for each pixel, deflated."""

    size: tuple[int, int]
    """(height, width)."""
    bits: bytes

    @classmethod
    def of(cls, mask: NDArray[np.bool_]) -> Self:
        """Pack a mask, bool [height, width]."""
        return cls((mask.shape[0], mask.shape[1]), zlib.compress(np.packbits(mask).tobytes()))

    def pixels(self) -> NDArray[np.bool_]:
        """The mask that was packed, bool [height, width]."""
        bits = np.frombuffer(zlib.decompress(self.bits), np.uint8)
        return np.unpackbits(bits, count=self.size[0] * self.size[1]).reshape(self.size).astype(np.bool_)
