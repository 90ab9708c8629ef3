"""Cutting the graph's input into tiles: equal, in rows and columns, maybe overlapping."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from service.scoring.image import Size

if TYPE_CHECKING:  # decoding processes do without pydantic, a third of their memory and imports
    from service.scoring.input_spec import InputSpec


def tile_size(spec: "InputSpec") -> Size:
    """(height, width) of a tile, in pixels of the graph's input."""
    if spec.tiles is None:
        return spec.height, spec.width
    rows, columns, overlap = spec.tiles.rows, spec.tiles.columns, spec.tiles.overlap
    return (spec.height + (rows - 1) * overlap) // rows, (spec.width + (columns - 1) * overlap) // columns


def number_of_tiles(spec: "InputSpec") -> int:
    """1 where the input is not cut."""
    return 1 if spec.tiles is None else spec.tiles.rows * spec.tiles.columns


def cut(pixels: NDArray[np.uint8], spec: "InputSpec") -> NDArray[np.uint8]:
    """The tiles of an input [height, width, channels], row by row: uint8 [tiles, tile height, tile width, channels]."""
    if spec.tiles is None:
        return pixels[np.newaxis]
    height, width = tile_size(spec)
    down, across = height - spec.tiles.overlap, width - spec.tiles.overlap
    corners = [(down * row, across * column) for row in range(spec.tiles.rows) for column in range(spec.tiles.columns)]
    return np.stack([pixels[top : top + height, left : left + width] for top, left in corners])
