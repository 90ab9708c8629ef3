"""Preprocessing: from decoded pixels to the uint8 input of a graph."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from service.scoring.ignored import FILL, fill_ignored, ignored_mask
from service.scoring.image import ImageRejected, Pixels, Reason
from service.scoring.reduction import least_size, reduction
from service.scoring.window import fitted, roi_box

if TYPE_CHECKING:  # decoding processes do without pydantic, a third of their memory and imports
    from service.scoring.input_spec import InputSpec

FILTER = Image.Resampling.HAMMING
"""As wide as a pixel of the result, so that fine structure does not alias."""


def preprocess(image: Pixels, spec: "InputSpec") -> NDArray[np.uint8]:
    """Convert a decoded image to a graph's input: range, size, channels.

    An image that is much larger is made smaller by a power of two first, as the mean of its pixels, if its decoder did
    not do it; see `InputSpec.margin`.

    Args:
        image: uint8 or uint16, [h, w] or RGB [h, w, 3]; a JPEG as `decode_for` gives it.
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
    if spec.margin is None:
        from service.scoring.stretched import stretched  # noqa: PLC0415 - an extra, for bundles of earlier releases

        pixels = to_uint8(stretched(image, spec), spec.black, spec.white)
    else:
        pixels = _resized(to_uint8(image, spec.black, spec.white), spec, spec.margin)
    return fill_ignored(pixels.reshape(spec.height, spec.width, spec.channels), spec.ignored)


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
    rows = preprocessed.reshape(len(preprocessed), -1).sum(axis=1, dtype=np.uint32)  # five times as fast as in uint64
    return int(rows.sum(dtype=np.uint64)) * (1.0 / preprocessed.size)


def _resized(image: NDArray[np.uint8], spec: "InputSpec", margin: float) -> NDArray[np.uint8]:
    """An image [h, w] or [h, w, 3] in the size and channels of a graph: in integers, the same on every processor."""
    size = (image.shape[0], image.shape[1])
    by = reduction(size, least_size(spec, margin))
    if spec.roi is not None:
        left, top, right, bottom = (by * end for end in roi_box(size, spec, by))
        image = image[top:bottom, left:right]
    picture = Image.fromarray(image)
    picture = picture.reduce(by) if by > 1 else picture
    height, width = (spec.height, spec.width) if spec.resize == "stretch" else fitted(picture.size[::-1], spec)
    if picture.size != (width, height):
        picture = picture.resize((width, height), FILTER)
    if spec.resize == "pad":
        picture = _padded(picture, spec)
    if spec.channels == 1:
        return np.asarray(picture.convert("L"))
    pixels = np.asarray(picture)
    return np.repeat(pixels[..., np.newaxis], 3, axis=2) if image.ndim == 2 else pixels  # noqa: PLR2004 - mono image


def _padded(picture: Image.Image, spec: "InputSpec") -> Image.Image:
    """A picture in the middle of the graph's input, surrounded by the mean of its border, but for what is ignored."""
    left, top = (spec.width - picture.width) // 2, (spec.height - picture.height) // 2
    border = _border(np.asarray(picture))
    if spec.ignored:
        ignored = ignored_mask(spec.ignored)[top : top + picture.height, left : left + picture.width]
        seen = border[~_border(ignored)]
        border = seen if len(seen) else np.full_like(border, FILL)
    mean = np.atleast_1d((border.sum(axis=0, dtype=np.int64) + len(border) // 2) // len(border)).tolist()
    whole = Image.new(picture.mode, (spec.width, spec.height), tuple(mean) if len(mean) > 1 else mean[0])
    whole.paste(picture, (left, top))
    return whole


def _border(pixels: NDArray[Any]) -> NDArray[Any]:
    """The pixels at the edges of an image [h, w] or [h, w, channels]; those in the corners twice."""
    return np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])


@lru_cache(maxsize=64)
def _range_table(full_scale: int, black: float, white: float) -> NDArray[np.uint8]:
    """Maps every pixel value to uint8 so that `black` (a fraction of full scale) is 0 and `white` is 255."""
    values = np.arange(full_scale + 1, dtype=np.float64) / full_scale
    return np.round(np.clip((values - black) / (white - black), 0.0, 1.0) * 255.0).astype(np.uint8)
