"""One encoding of a picture, and what a decoder must make of it: the right pixels, or a refusal with its reason."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

PIXELS = "pixels"
DAMAGED = "undecodable"
UNSUPPORTED = "unsupported_format"
EITHER = f"{PIXELS}|{UNSUPPORTED}"
"""Read rightly, or refused with a reason that tells people to convert: both are right, other pixels never are."""


@dataclass(frozen=True)
class Encoding:
    """The bytes of one image file.

    `expected` lists the right outcomes, joined by `|`: `pixels`, or reasons of a refusal. `truth` is what the pixels
    must be, uint8 or uint16, [h, w] or RGB [h, w, 3]; they may differ from it by `most` grey levels on average.
    """

    name: str
    data: bytes
    expected: str = PIXELS
    truth: NDArray[Any] | None = None
    most: float = 0.0

    def fault(self, outcome: str, pixels: NDArray[Any] | None = None) -> str:
        """Why this outcome of decoding is wrong, one clause; empty if it is right."""
        if outcome not in self.expected.split("|"):
            return f"expected {self.expected}, found {outcome}"
        if outcome != PIXELS or pixels is None or self.truth is None:
            return ""
        if pixels.dtype != self.truth.dtype:
            return f"expected {self.truth.dtype}, found {pixels.dtype}"
        found, truth = colour(pixels), colour(self.truth)
        if found.shape != truth.shape:
            return f"expected {self.truth.shape}, found {pixels.shape}"
        difference = float(np.abs(found.astype(np.int64) - truth).mean())
        return f"mean difference {difference:.2f}, at most {self.most:g}" if difference > self.most else ""


def colour(pixels: NDArray[Any]) -> NDArray[Any]:
    """Grey pixels as colour: whether a grey picture comes as one channel or as three equal ones is no difference."""
    return np.repeat(pixels[..., np.newaxis], 3, axis=2) if pixels.ndim == 2 else pixels  # noqa: PLR2004 - grey
