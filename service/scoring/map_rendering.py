"""Drawing anomaly maps on one fixed scale: 0 is black, twice the pixel threshold is brightest."""

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

MAP_SIDE = 96
"""Longest side, in pixels, of the map in a verdict: enough to see where, small enough for a message."""

OPACITY = 0.65
"""Of the brightest colour when a map is laid over its image, 0 to 1."""


def to_grey(anomaly_map: NDArray[np.float32], pixel_threshold: float) -> NDArray[np.uint8]:
    """A map [h, w] as uint8 [h, w]: 255 is twice the pixel threshold or more."""
    scaled = np.clip(anomaly_map / (2.0 * pixel_threshold), 0.0, 1.0)
    return cast(NDArray[np.uint8], np.round(scaled * 255.0).astype(np.uint8))


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
    opacity = np.round(OPACITY * grey.astype(np.float32)).astype(np.uint8)
    blue_first = np.dstack([_colours(grey)[..., ::-1], opacity])
    return cv2.imencode(".png", blue_first)[1].tobytes()


def to_png(pixels: NDArray[np.uint8]) -> bytes:
    """Encode uint8 [h, w] or RGB [h, w, 3] as PNG."""
    ordered = pixels[..., ::-1] if pixels.ndim == 3 else pixels  # noqa: PLR2004 - RGB to OpenCV's BGR
    return cv2.imencode(".png", ordered)[1].tobytes()


def map_png(anomaly_map: NDArray[np.float32], pixel_threshold: float) -> bytes:
    """The small grey PNG of a map that goes into a verdict, at most MAP_SIDE pixels a side."""
    grey = to_grey(anomaly_map, pixel_threshold)
    scale = MAP_SIDE / max(grey.shape)
    if scale < 1.0:
        grey = _resize(grey, max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    return to_png(grey)


def _colours(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return cast(NDArray[np.uint8], cv2.applyColorMap(grey, cv2.COLORMAP_INFERNO)[..., ::-1])


def _resize(grey: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    interpolation = cv2.INTER_AREA if width < grey.shape[1] else cv2.INTER_LINEAR
    return cast(NDArray[np.uint8], cv2.resize(grey, (width, height), interpolation=interpolation))
