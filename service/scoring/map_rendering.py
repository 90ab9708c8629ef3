"""Drawing anomaly maps on one fixed scale: 0 is black, twice the pixel threshold is brightest."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

MAP_SIDE = 96
"""Longest side, in pixels, of the map in a verdict: enough to see where, small enough for a message."""

_GREYS = np.arange(256, dtype=np.uint8)
_INFERNO = (
    "000004 0a0722 1e0c45 380962 510e6c 69166e 801f6c 982766 b0315b c63d4d d94d3d e9612b f47918 fa9407 fcb014 f8cd37 "
    "f2ea69 fcffa4"
)
"""Each 15th of its 256 colours; those between lie on straight lines, within 5 of 255.

Source: van der Walt & Smith, the colour maps of Matplotlib (CC0).
"""

OPACITY = 0.65
"""Of the brightest colour when a map is laid over its image, 0 to 1."""


def to_grey(anomaly_map: NDArray[np.float32], pixel_threshold: float) -> NDArray[np.uint8]:
    """A map [h, w] as uint8 [h, w]: 255 is twice the pixel threshold or more."""
    scaled = np.clip(anomaly_map / (2.0 * pixel_threshold), 0.0, 1.0)
    grey: NDArray[np.uint8] = np.round(scaled * 255.0).astype(np.uint8)
    return grey


def to_heat(anomaly_map: NDArray[np.float32], pixel_threshold: float) -> NDArray[np.uint8]:
    """A map [h, w] as RGB uint8 [h, w, 3] in the inferno colours, whose lightness grows evenly."""
    return _colours(to_grey(anomaly_map, pixel_threshold))


def overlay(
    image: NDArray[np.uint8], anomaly_map: NDArray[np.float32], pixel_threshold: float, strength: float = OPACITY
) -> NDArray[np.uint8]:
    """Lay a map over its preprocessed image, more opaque where it is more anomalous.

    Args:
        image: uint8 [height, width, 1 or 3].
        anomaly_map: float32 [h, w], any size.
        pixel_threshold: sets the scale, see the module.
        strength: opacity of the brightest colour, 0 to 1.

    Returns:
        RGB uint8 [height, width, 3].
    """
    height, width = image.shape[:2]
    colour = np.broadcast_to(image, (height, width, 3)) if image.shape[2] == 1 else image
    grey = _resize(to_grey(anomaly_map, pixel_threshold), width, height)
    heat = _colours(grey)
    opacity = strength * grey[..., np.newaxis].astype(np.float32) / 255.0
    return np.round(colour * (1.0 - opacity) + heat * opacity).astype(np.uint8)


def layer_png(grey: NDArray[np.uint8]) -> bytes:
    """The layer of `overlay` alone: a PNG with transparency, as large as `grey`, uint8 [h, w] as of `to_grey`."""
    layer = Image.fromarray(grey)
    layer.putpalette(_colours(_GREYS).tobytes())
    return _png(layer, transparency=np.round(OPACITY * _GREYS.astype(np.float32)).astype(np.uint8).tobytes())


def to_png(pixels: NDArray[np.uint8]) -> bytes:
    """Encode uint8 [h, w] or RGB [h, w, 3] as PNG."""
    return _png(Image.fromarray(pixels))


def map_png(anomaly_map: NDArray[np.float32], pixel_threshold: float) -> bytes:
    """The small grey PNG of a map that goes into a verdict, at most MAP_SIDE pixels a side."""
    grey = to_grey(anomaly_map, pixel_threshold)
    scale = MAP_SIDE / max(grey.shape)
    if scale < 1.0:
        grey = _resize(grey, max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    return to_png(grey)


def _colours(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    known = np.array([[*bytes.fromhex(colour)] for colour in _INFERNO.split()])
    places = np.linspace(0, 255, len(known))
    table = np.stack([np.interp(_GREYS, places, channel) for channel in known.T], axis=1)
    return np.round(table).astype(np.uint8)[grey]


def _resize(grey: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(grey).resize((width, height), Image.Resampling.BILINEAR))


def _png(image: Image.Image, **options: bytes) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG", **options)
    return stream.getvalue()
