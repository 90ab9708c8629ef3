"""Areas that are never scored: a mask of the graph's input, and what stands in place of its pixels."""

import base64
import io
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

FILL = 128
"""What the network sees there, whatever the image shows: so nothing there can change the score."""


@lru_cache(maxsize=64)
def ignored_mask(packed: str) -> NDArray[np.bool_]:
    """The mask bool [height, width] of `InputSpec.ignored`, true where nothing is scored.

    Raises:
        ValueError: if it is no PNG in base64.
    """
    try:
        with Image.open(io.BytesIO(base64.b64decode(packed, validate=True)), formats=["PNG"]) as picture:
            mask = np.asarray(picture.convert("1"))
    except (OSError, ValueError, SyntaxError) as error:
        raise ValueError("expected ignored areas as a PNG in base64, found other text") from error
    mask.setflags(write=False)
    return mask


def pack_mask(mask: NDArray[np.bool_]) -> str:
    """A mask bool [height, width] as `InputSpec.ignored` holds it; empty if nothing is ignored."""
    if not mask.any():
        return ""
    stream = io.BytesIO()
    Image.fromarray(mask).save(stream, "PNG", optimize=True)
    return base64.b64encode(stream.getvalue()).decode()


def fill_ignored(pixels: NDArray[np.uint8], packed: str) -> NDArray[np.uint8]:
    """Pixels [height, width, channels] with FILL where they are ignored; themselves if nothing is."""
    return np.where(ignored_mask(packed)[..., np.newaxis], np.uint8(FILL), pixels) if packed else pixels
