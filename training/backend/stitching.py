"""Putting the maps of tiles together, within the graph."""

from itertools import pairwise

import numpy as np
import tensorflow as tf

from service.scoring.input_spec import InputSpec
from service.scoring.tiles import tile_size
from training.backend.tensors import Tensor
from training.errors import TrainingError


def stitched(maps: Tensor, whole: InputSpec) -> Tensor:
    """The maps of an image's tiles, [tiles, h, w, …], as one, [1, rows x h - overlaps, columns x w - overlaps, …].

    Where tiles overlap one fades into the other: at its border a tile knows least of what is beside a position. Maps of
    images that are not cut stay as they are.

    Raises:
        TrainingError: if tiles do not overlap by whole positions of a map.
    """
    tiles = whole.tiles
    if tiles is None:
        return maps
    height, width = maps.shape[1:3]
    down, across = (
        _positions(tiles.overlap, pixels, side) for pixels, side in zip(tile_size(whole), (height, width), strict=True)
    )
    each = [_taken(maps, number, 1, axis=0) for number in range(tiles.rows * tiles.columns)]
    rows = [
        _joined(each[first : first + tiles.columns], across, axis=2) for first in range(0, len(each), tiles.columns)
    ]
    return _joined(rows, down, axis=1)


def _positions(overlap: int, pixels: int, side: int) -> int:
    """How many positions of a map neighbours share."""
    if overlap * side % pixels:
        raise TrainingError(
            f"expected tiles that share whole positions of a map, {pixels // side} pixels each, found an overlap of "
            f"{overlap} pixels; give another --overlap"
        )
    return overlap * side // pixels


def _joined(parts: list[Tensor], overlap: int, axis: int) -> Tensor:
    """Neighbours one after the other; what two of them show fades from one to the other."""
    if not overlap or len(parts) == 1:
        return tf.concat(parts, axis)
    side = parts[0].shape[axis]
    shape = [overlap if number == axis else 1 for number in range(len(parts[0].shape))]
    fade = tf.reshape(tf.constant((np.arange(overlap) + 0.5) / overlap, parts[0].dtype), shape)
    pieces = [_taken(parts[0], 0, side - overlap, axis)]
    for number, (one, other) in enumerate(pairwise(parts), start=1):
        leaving, coming = _taken(one, side - overlap, overlap, axis), _taken(other, 0, overlap, axis)
        both = leaving + fade * (coming - leaving)
        last = number == len(parts) - 1
        rest = side - overlap if last else side - 2 * overlap
        pieces += [both, _taken(other, overlap, rest, axis)]
    return tf.concat(pieces, axis)


def _taken(values: Tensor, first: int, number: int, axis: int) -> Tensor:
    """A slice along one axis; with all sizes given, since LiteRT's delegate takes no others."""
    begin, size = [0] * len(values.shape), values.shape.as_list()
    begin[axis], size[axis] = first, number
    return tf.slice(values, begin, size)
