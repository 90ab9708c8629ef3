"""What a person did to the ignored areas, one operation after the other, drawn into a mask of the original pixels."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from training.region.box import MOST_PIXELS, Box
from training.region.suggestion import Name

WIDEST = 10_000
"""Brush, in pixels."""

MOST_POINTS = 20_000
"""In one operation."""

SUBPIXEL_BITS = 4
"""Of the coordinates that OpenCV is given."""

Coordinate = Annotated[int, Field(ge=-MOST_PIXELS, le=MOST_PIXELS)]
Points = Annotated[list[tuple[Coordinate, Coordinate]], Field(max_length=MOST_POINTS)]


class _Operation(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Shape(_Operation):
    erase: bool = False
    """Whether its pixels are scored again."""


class Brush(_Shape):
    """A stroke, round at its ends, `size` pixels wide."""

    kind: Literal["brush"]
    size: int = Field(ge=1, le=WIDEST)
    points: Points = Field(min_length=1)


class Rectangle(_Shape):
    """All pixels of a box."""

    kind: Literal["rectangle"]
    box: Box


class Ellipse(_Shape):
    """The pixels whose middles lie in the ellipse that fills a box."""

    kind: Literal["ellipse"]
    box: Box


class Polygon(_Shape):
    """The pixels within corners, those on its outline included."""

    kind: Literal["polygon"]
    points: Points = Field(min_length=3)


class Layer(_Operation):
    """Add an area that is there already: what was saved before, or one that is suggested."""

    kind: Literal["layer"]
    name: Literal["saved"] | Name


class Clear(_Operation):
    """Ignore nothing."""

    kind: Literal["clear"]


Operation = Annotated[Brush | Rectangle | Ellipse | Polygon | Layer | Clear, Field(discriminator="kind")]


def draw(
    operations: Sequence[Operation], layers: Mapping[str, NDArray[np.bool_]], height: int, width: int
) -> NDArray[np.bool_]:
    """The ignored pixels, bool [height, width], after all operations; `layers` are of that shape.

    Raises:
        KeyError: if a layer that is asked for is not there.
    """
    mask = np.zeros((height, width), np.uint8)
    for each in operations:
        match each:
            case Clear():
                mask[:] = 0
            case Layer():
                mask |= layers[each.name]
            case Brush():
                _stroke(mask, each)
            case Rectangle():
                mask[_slices(each.box)] = not each.erase
            case Ellipse():
                mask[_slices(each.box)][_within_ellipse(each.box, height, width)] = not each.erase
            case Polygon():
                cv2.fillPoly(mask, [np.array(each.points, np.int32)], int(not each.erase))
    return mask > 0


def taken(operations: Sequence[Operation]) -> list[str]:
    """The names of the suggested areas that were taken over and not cleared since."""
    names: list[str] = []
    for each in operations:
        if isinstance(each, Clear):
            names.clear()
        elif isinstance(each, Layer) and each.name != "saved" and each.name not in names:
            names.append(each.name)
    return names


def _stroke(mask: NDArray[np.uint8], brush: Brush) -> None:
    """A disc at each point and a bar between each two; OpenCV adds half a pixel of outline all around."""
    value, one = int(not brush.erase), 1 << SUBPIXEL_BITS
    points = np.array(brush.points, np.int32) * one
    reach = (brush.size - 1) * one // 2
    for point in points.tolist():
        cv2.circle(mask, point, reach, value, cv2.FILLED, cv2.LINE_8, SUBPIXEL_BITS)
    along = np.diff(points, axis=0).astype(np.float64)
    lengths = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1.0)[:, np.newaxis]
    aside = np.round(along[:, ::-1] * (-1.0, 1.0) / lengths * reach).astype(np.int32)
    bars = np.stack([points[:-1] + aside, points[1:] + aside, points[1:] - aside, points[:-1] - aside], axis=1)
    for bar in bars:
        cv2.fillConvexPoly(mask, bar, value, cv2.LINE_8, SUBPIXEL_BITS)


def _slices(box: Box) -> tuple[slice, slice]:
    return slice(box.y, box.y + box.height), slice(box.x, box.x + box.width)


def _within_ellipse(box: Box, height: int, width: int) -> NDArray[np.bool_]:
    """Of the pixels of a box that lie in an image [height, width]."""
    rows = np.arange(box.height)[: max(0, height - box.y), np.newaxis]
    columns = np.arange(box.width)[np.newaxis, : max(0, width - box.x)]
    down, right = (rows + 0.5) / box.height * 2.0 - 1.0, (columns + 0.5) / box.width * 2.0 - 1.0
    within: NDArray[np.bool_] = down**2 + right**2 <= 1.0
    return within
