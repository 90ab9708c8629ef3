"""Pillow as a decoder: all bits of a channel, and one kind of error."""

import io
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, TiffImagePlugin

from service.scoring.formats.refusals import damaged

Image.MAX_IMAGE_PIXELS = None  # the limits are ours

# All that reads images is imported now: else Pillow looks for it when one comes, in a worker that has no room for it.
Image.preinit()  # PNG, and others that it would import at the first image of any kind
PLUGINS = (TiffImagePlugin,)

Format = Literal["PNG", "TIFF"]

_ROWS = 64
"""How many are copied at a time."""
_OTHER_HALF = str.maketrans("LBN", "BLB")
"""From the name of one byte order to that of the other; N is the machine's own, which is L wherever Linewatch runs."""


def stored(data: bytes, file_format: Format) -> NDArray[Any]:
    """The stored values of an image whose header was checked, not yet upright: [h, w] or [h, w, channels].

    Those of fewer than 8 bits are spread over 0 to 255, but for indices of a palette, which stay what they are. For
    colour of 16 bits see `wide_colour`.

    Raises:
        ImageRejected: `undecodable` if Pillow reports any error.
        MemoryError: if there is not enough memory.
    """
    image = _decoded(data, file_format)
    pixels = np.asarray(image.convert("L") if image.mode == "1" else image)
    return pixels.astype(pixels.dtype.newbyteorder("="), copy=False)


def wide_colour(data: bytes, file_format: Format) -> NDArray[np.uint16]:
    """The first three stored values of each pixel, of an image of three or four channels of 16 bits: [h, w, 3].

    Pillow keeps the upper 8 bits of each. So it decodes twice, and is told the other byte order the second time: then
    it keeps the lower ones.

    Raises:
        As `stored`.
    """
    pixels = _with_bytes_of(_decoded(data, file_format), None)
    return _with_bytes_of(_decoded(data, file_format, _swap_bytes), pixels)


def _with_bytes_of(image: Image.Image, pixels: NDArray[np.uint16] | None) -> NDArray[np.uint16]:
    """Append the bytes of an image to values; some rows at a time, since Pillow copies twice what it gives away."""
    if pixels is None:
        pixels = np.zeros((image.height, image.width, 3), np.uint16)
    for top in range(0, image.height, _ROWS):
        bottom = min(top + _ROWS, image.height)
        rows = pixels[top:bottom]
        rows <<= 8
        rows |= np.asarray(image.crop((0, top, image.width, bottom)))[..., :3]
    return pixels


def _decoded(data: bytes, file_format: Format, change: Callable[[Any], None] = lambda _: None) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(data), formats=[file_format])
        change(image)
        image.load()
    except MemoryError:
        raise
    except Exception as error:  # Pillow raises any error on damaged data
        raise damaged(f"{file_format} data that cannot be decoded ({error})") from error
    return image


def _swap_bytes(image: Any) -> None:
    image.tile = [tile._replace(args=_swapped(tile.args)) for tile in image.tile]


def _swapped(args: Any) -> Any:
    """The decoder's arguments, of which the first is the layout of a pixel, such as RGB;16B."""
    if isinstance(args, tuple):
        return (_swapped(args[0]), *args[1:])
    mode, order = args.split(";16")
    return f"{mode};16{order.translate(_OTHER_HALF)}"
