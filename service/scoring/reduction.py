"""By how much an image is made smaller before it is resized: a JPEG by its decoder, and all others as much."""

import math
from typing import TYPE_CHECKING

from service.scoring.image import Size

if TYPE_CHECKING:  # decoding processes do without pydantic, a third of their memory and imports
    from service.scoring.input_spec import InputSpec


def least_size(spec: "InputSpec", margin: float) -> Size:
    """The (height, width) that an image must keep, so that its region of interest is `margin` times the input."""
    down, across = (1.0, 1.0) if spec.roi is None else (spec.roi.height, spec.roi.width)
    return math.ceil(margin * spec.height / down), math.ceil(margin * spec.width / across)


def reduction(size: Size, least: Size) -> int:
    """The largest power of two that leaves at least `least` of `size` on both sides when it divides them, or 1."""
    fits = min(size[0] // least[0], size[1] // least[1])
    return 1 << max(0, fits.bit_length() - 1)
