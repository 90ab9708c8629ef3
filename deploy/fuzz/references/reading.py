"""What a reference decoder makes of a file."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Damage(ValueError):  # noqa: N818 - what was found, not an error of ours
    """The file breaks its standard; the message says how."""


class Unread(ValueError):  # noqa: N818 - likewise
    """The file may be whole, but this reference does not read its kind; the message names the property."""


@dataclass(frozen=True)
class Reading:
    """Pixels as the service would give them, uint8 or uint16, [h, w] or RGB [h, w, 3].

    Another decoder's may differ from them by `most` grey levels anywhere, and by `mean` on average.
    """

    pixels: NDArray[Any]
    most: int = 0
    mean: float = 0.0

    def fault(self, pixels: NDArray[Any]) -> str:
        """How these pixels differ by more than they may, one clause; empty if they do not."""
        ours, theirs = _colour(self.pixels), _colour(pixels)
        if ours.dtype != theirs.dtype or ours.shape != theirs.shape:
            return f"{ours.dtype} {ours.shape[:2]} by the reference, {theirs.dtype} {theirs.shape[:2]} here"
        difference = np.abs(ours.astype(np.int64) - theirs)
        most, mean = int(difference.max(initial=0)), float(difference.mean()) if difference.size else 0.0
        return (
            f"pixels differ by {most} grey levels, {mean:.2f} on average"
            if most > self.most or mean > self.mean
            else ""
        )


def _colour(pixels: NDArray[Any]) -> NDArray[Any]:
    return np.repeat(pixels[..., np.newaxis], 3, axis=2) if pixels.ndim == 2 else pixels  # noqa: PLR2004 - grey


def turned(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """The picture as EXIF orientation 1 to 8 asks for it; as it is for any other number."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels[::-1] if orientation in (3, 4, 7, 8) else pixels


def unpacked(lines: NDArray[np.uint8], depth: int, count: int) -> NDArray[Any]:
    """Samples [lines, count] of bytes [lines, n], the first in the highest bits; uint8 up to 8 bits, else uint16."""
    if depth == 8:  # noqa: PLR2004 - a byte
        return lines[:, :count]
    bits = np.unpackbits(lines, axis=1)[:, : depth * count].reshape(len(lines), count, depth)
    weights = (1 << np.arange(depth - 1, -1, -1)).astype(np.uint32)
    return (bits @ weights).astype(np.uint8 if depth < 8 else np.uint16)  # noqa: PLR2004 - a byte
