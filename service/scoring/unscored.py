"""What of an image is not scored, beyond the region of interest and in ignored areas: as a layer to lay over it."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from service.scoring.ignored import ignored_mask
from service.scoring.image import Size
from service.scoring.input_spec import InputSpec
from service.scoring.window import nearest_cells, roi_box, window

LAYER_SIDE = 512
"""Longest side of the layer, in pixels, whatever the image's: hatching has the same width on all of them."""

_PERIOD, _LINE = 8, 2
"""Of the hatching's lines, in pixels along a side."""

_SCORED, _GROUND, _LINES = range(3)
_COLOURS = bytes((0, 0, 0, 24, 28, 32, 232, 236, 240))
_OPACITY = bytes((0, 110, 160))
"""Both a dark ground and light lines: one of them is seen on any image, which still shows through."""


def unscored(size: Size, spec: InputSpec) -> NDArray[np.bool_] | None:
    """True where an image of this (height, width) is not scored, bool [h, w] over all of it; None if all of it is.

    The longest side has LAYER_SIDE pixels; each says what holds at its middle.
    """
    if spec.roi is None and not spec.ignored:
        return None
    scale = LAYER_SIDE / max(size)
    height, width = (max(1, round(scale * side)) for side in size)
    left, top, right, bottom = roi_box(size, spec)
    found = ~np.outer(_within(height, size[0], top, bottom), _within(width, size[1], left, right))
    if spec.ignored:
        covers = window(size, spec)
        rows, _ = nearest_cells(height, size[0], covers.top, covers.height, spec.height)
        columns, _ = nearest_cells(width, size[1], covers.left, covers.width, spec.width)
        found |= ignored_mask(spec.ignored)[rows][:, columns]
    return found if found.any() else None


def unscored_layer(size: Size, spec: InputSpec) -> Image.Image | None:
    """The same as a picture with transparency: hatched where nothing is scored, and clear elsewhere."""
    where = unscored(size, spec)
    if where is None:
        return None
    diagonals = np.add.outer(np.arange(where.shape[0]), np.arange(where.shape[1])) % _PERIOD < _LINE
    layer = Image.fromarray(np.where(where, np.where(diagonals, _LINES, _GROUND), _SCORED).astype(np.uint8))
    layer.putpalette(_COLOURS)
    layer.info["transparency"] = _OPACITY
    return layer


def unscored_png(size: Size, spec: InputSpec) -> bytes | None:
    """That picture as a PNG."""
    layer = unscored_layer(size, spec)
    if layer is None:
        return None
    stream = io.BytesIO()
    layer.save(stream, "PNG", transparency=_OPACITY)
    return stream.getvalue()


def _within(number: int, side: int, start: int, end: int) -> NDArray[np.bool_]:
    """For each of `number` equal parts of a side, whether its middle lies between two ends."""
    middles = (np.arange(number) + 0.5) * (side / number)
    return (middles >= start) & (middles < end)
