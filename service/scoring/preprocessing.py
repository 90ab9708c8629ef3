"""Preprocessing: from decoded pixels to the uint8 input of a graph."""

from functools import lru_cache
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from service.scoring.image import ImageRejected, Pixels, Reason
from service.scoring.manifest import InputSpec


def preprocess(image: Pixels, spec: InputSpec) -> NDArray[np.uint8]:
    """Convert a decoded image to a graph's input: channels, size, range.

    Args:
        image: uint8 or uint16, [h, w] or RGB [h, w, 3].
        spec: what the graph takes.

    Returns:
        uint8 [spec.height, spec.width, spec.channels].

    Raises:
        ImageRejected: with reason `wrong_bit_depth`: the range that the graph was fitted on is not known in another.
    """
    bits = 8 * image.dtype.itemsize
    if bits != spec.bit_depth:
        raise ImageRejected(
            Reason.WRONG_BIT_DEPTH,
            f"expected {spec.bit_depth} bits per channel as fitted, found {bits}; "
            "set the camera as it was at the fit, or fit on images like this one",
        )
    if image.ndim == 2 and spec.channels == 3:  # noqa: PLR2004 - mono image, colour graph
        image = cast(Pixels, cv2.cvtColor(image, cv2.COLOR_GRAY2RGB))
    elif image.ndim == 3 and spec.channels == 1:  # noqa: PLR2004 - colour image, mono graph
        image = cast(Pixels, cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
    shrinks = image.shape[0] * image.shape[1] > spec.height * spec.width
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    resized = cast(Pixels, cv2.resize(image, (spec.width, spec.height), interpolation=interpolation))
    return to_uint8(resized, spec.black, spec.white).reshape(spec.height, spec.width, spec.channels)


def to_uint8(image: Pixels, black: float, white: float) -> NDArray[np.uint8]:
    """Map an image's range to 8 bits: `black` becomes 0, `white` 255, and values beyond them are clipped.

    Args:
        image: uint8 or uint16, any shape.
        black: a fraction of the image's full scale (255 or 65535).
        white: likewise, above `black`.

    Returns:
        uint8, of the same shape; an 8-bit image with black 0 and white 1 is returned itself.
    """
    if image.dtype == np.uint8 and black == 0.0 and white == 1.0:
        return image  # type: ignore[return-value] # narrowed by the dtype test
    return _range_table(np.iinfo(image.dtype).max, black, white)[image]


def brightness(preprocessed: NDArray[np.uint8]) -> float:
    """The mean grey value of preprocessed pixels [height, width, channels], over all channels: 0 to 255."""
    return cv2.mean(preprocessed.reshape(preprocessed.shape[0], -1))[0]  # seven times as fast as NumPy's


@lru_cache(maxsize=64)
def _range_table(full_scale: int, black: float, white: float) -> NDArray[np.uint8]:
    """Maps every pixel value to uint8 so that `black` (a fraction of full scale) is 0 and `white` is 255."""
    values = np.arange(full_scale + 1, dtype=np.float64) / full_scale
    return np.round(np.clip((values - black) / (white - black), 0.0, 1.0) * 255.0).astype(np.uint8)
