"""Where an anomaly map lies on its image: the region of interest, and padding around it."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from service.scoring.image import Size

if TYPE_CHECKING:  # decoding processes do without pydantic, a third of their memory and imports
    from service.scoring.input_spec import InputSpec

LEAST_SIDE, MOST_SIDE = 256, 1024
"""Of a map over the whole of an image that it does not cover exactly."""


class Window(NamedTuple):
    """A rectangle of an image, in its pixels; with padding it reaches beyond the image."""

    left: float
    top: float
    width: float
    height: float


def whole(size: Size) -> Window:
    """All of an image of this (height, width)."""
    return Window(0.0, 0.0, float(size[1]), float(size[0]))


def window(size: Size, spec: "InputSpec") -> Window:
    """What the graph's input, and so its anomaly map, covers of an image of this (height, width)."""
    region = whole(size)
    if spec.roi is not None:
        roi = spec.roi
        region = Window(roi.x * size[1], roi.y * size[0], roi.width * size[1], roi.height * size[0])
    if spec.resize == "stretch":
        return region
    height, width = fitted((region.height, region.width), spec)
    top, left = (spec.height - height) // 2, (spec.width - width) // 2
    across, down = region.width / width, region.height / height
    return Window(region.left - left * across, region.top - top * down, spec.width * across, spec.height * down)


def fitted(region: tuple[float, float], spec: "InputSpec") -> Size:
    """The (height, width) of a region within the graph's input, if its proportions are kept."""
    scale = min(spec.height / region[0], spec.width / region[1])
    return max(1, round(region[0] * scale)), max(1, round(region[1] * scale))


def roi_box(size: Size, spec: "InputSpec", reduced: int = 1) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) of the region of interest, in pixels of an image that was made smaller.

    Args:
        size: (height, width) before that.
        spec: has the region.
        reduced: by how much it was made smaller.
    """
    height, width = (-(-side // reduced) for side in size)
    if spec.roi is None:
        return 0, 0, width, height
    left, right = _between(spec.roi.x, spec.roi.width, size[1] / reduced, width)
    top, bottom = _between(spec.roi.y, spec.roi.height, size[0] / reduced, height)
    return left, top, right, bottom


def _between(start: float, extent: float, side: float, pixels: int) -> tuple[int, int]:
    low = min(round(start * side), pixels - 1)
    return low, min(pixels, max(low + 1, round((start + extent) * side)))


def on_image(anomaly_map: NDArray[np.float32], size: Size, covers: Window) -> NDArray[np.float32]:
    """A map [h, w] over the whole of its image, 0 where the graph sees nothing; itself where it covers the image.

    Args:
        anomaly_map: as the graph gives it.
        size: (height, width) of the image.
        covers: what of the image the map covers.
    """
    if covers == whole(size):
        return anomaly_map
    scale = max(anomaly_map.shape[0] / covers.height, anomaly_map.shape[1] / covers.width, LEAST_SIDE / max(size))
    scale = min(scale, 1.0, MOST_SIDE / max(size))
    height, width = (max(1, round(scale * side)) for side in size)
    rows, inside_rows = nearest_cells(height, size[0], covers.top, covers.height, anomaly_map.shape[0])
    columns, inside_columns = nearest_cells(width, size[1], covers.left, covers.width, anomaly_map.shape[1])
    found: NDArray[np.float32] = anomaly_map[rows][:, columns] * np.outer(inside_rows, inside_columns)
    return found.astype(np.float32)


def nearest_cells(
    number: int, side: int, start: float, extent: float, cells: int
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """For each of `number` equal parts of a side: the cell at its middle, the nearest if there is none, and whether.

    The cells are equal parts, too, of an `extent` from `start` on, all in pixels of the side.
    """
    middles = (np.arange(number) + 0.5) * (side / number)
    at = np.floor((middles - start) / extent * cells).astype(np.intp)
    return np.clip(at, 0, cells - 1), (at >= 0) & (at < cells)
