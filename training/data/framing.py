"""How images become the graph's input: its size, and the part of an image that is scored."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from service.scoring.image import Size
from service.scoring.input_spec import InputSpec, Resize, Roi, Tiles
from service.scoring.tiles import tile_size
from training.data.normal_set import ImageFile
from training.data.tiling import OVERLAP, TilesRequest, tiled_input, tiles_for
from training.errors import TrainingError

SIDE = 256
"""In pixels, of the graph's input, where none is asked for; of one that is not square, of a square with its area."""

SIZE_STEP = 16
"""Image sizes are multiples of this, so that any autoencoder can halve them four times."""

SHAPE_STEP = 32
"""The same of sizes that nobody asked for."""

SMALLEST_SIDE, LARGEST_SIDE = 32, 2048

SQUARE = 1.25
"""Images that are further from square, as width / height or the other way round, keep their proportions."""

_SIZE = re.compile(r"(\d+)(?:[xX](\d+))?")
_ROI = re.compile(r"(-?[\d.]+)(%?),(-?[\d.]+)(%?),(-?[\d.]+)(%?),(-?[\d.]+)(%?)")


@dataclass(frozen=True, slots=True)
class RoiRequest:
    """A region of interest as it was asked for: x, y, width and height in pixels, or as shares of the image."""

    values: tuple[float, float, float, float]
    in_pixels: bool


@dataclass(frozen=True, slots=True)
class Framing:
    """What was asked for of the graph's input; None lets the set decide."""

    size: Size | None = None
    """Of a tile, where there are some."""
    roi: RoiRequest | None = None
    resize: Resize | None = None
    ignore: Path | None = None
    """A mask as large as the images, white where nothing is scored."""
    ignored: str = ""
    """In its place, as `InputSpec.ignored`."""
    tiles: TilesRequest | None = None
    smallest_defect: int | None = None
    """In its place: its extent in pixels of the original images, for which tiles are chosen."""
    overlap: float = OVERLAP
    """Of those."""

    @property
    def leaves_resize_open(self) -> bool:
        """Whether `fit` may choose how images of mixed proportions are resized."""
        return self.resize is None and self.ignore is None and not self.ignored and not self.in_tiles

    @property
    def in_tiles(self) -> bool:
        """Whether the images are scored in tiles: as many as were said, or as the smallest defect needs."""
        return self.tiles is not None or self.smallest_defect is not None

    @classmethod
    def of(cls, spec: InputSpec) -> "Framing":
        """That of a bundle: another one is fitted with the same input."""
        roi = None
        if spec.roi is not None:
            roi = RoiRequest((spec.roi.x, spec.roi.y, spec.roi.width, spec.roi.height), in_pixels=False)
        size, tiles = tile_size(spec), None
        if spec.tiles is not None:
            tiles = TilesRequest(spec.tiles.rows, spec.tiles.columns, spec.tiles.overlap / min(size))
        return cls(size, roi=roi, resize=spec.resize, ignored=spec.ignored, tiles=tiles)

    def with_size(self, size: Size) -> "Framing":
        """The same with another size.

        Raises:
            TrainingError: if there are ignored areas, which are known in the size before alone.
        """
        if self.ignored and size != self.size:
            raise TrainingError(
                "expected the champion's image size, in which its ignored areas are known, found another; "
                "leave --image-size out, or fit with --ignore"
            )
        return replace(self, size=size)


def parse_size(text: str) -> Size:
    """`256` or `HEIGHTxWIDTH` as (height, width).

    Raises:
        TrainingError: if it is neither, or a side is out of range or not a multiple of 16.
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise TrainingError(
            f"expected --image-size as one side or HEIGHTxWIDTH, such as 256 or 160x416, found {text!r}; correct it"
        )
    size = int(found[1]), int(found[2] or found[1])
    for side in size:
        if not SMALLEST_SIDE <= side <= LARGEST_SIDE or side % SIZE_STEP:
            raise TrainingError(
                f"expected sides of --image-size to be multiples of {SIZE_STEP} from {SMALLEST_SIDE} to "
                f"{LARGEST_SIDE}, found {side}; the nearest is {_nearest(side, SIZE_STEP)}"
            )
    return size


def parse_roi(text: str) -> RoiRequest:
    """`X,Y,WIDTH,HEIGHT`, all in pixels, or all in per cent as in `10%,0%,80%,100%`.

    Raises:
        TrainingError: if it is neither, or no region of an image.
    """
    found = _ROI.fullmatch(text.replace(" ", ""))
    units = {found[2], found[4], found[6], found[8]} if found else set()
    try:
        values = tuple(float(found[number]) for number in (1, 3, 5, 7)) if found else ()
    except ValueError:
        values = ()
    if len(values) != 4 or len(units) != 1:  # noqa: PLR2004 - x, y, width, height
        raise TrainingError(
            "expected --roi as X,Y,WIDTH,HEIGHT, all in pixels or all in per cent, such as 40,0,600,480 or "
            f"10%,0%,80%,100%, found {text!r}; correct it"
        )
    in_pixels = units == {""}
    x, y, width, height = (value if in_pixels else value / 100.0 for value in values)
    end = math.inf if in_pixels else 1.0 + 1e-9
    if min(x, y) < 0.0 or min(width, height) <= 0.0 or max(x + width, y + height) > end:
        raise TrainingError(f"expected --roi to name a region within the image, found {text!r}; correct it")
    return RoiRequest((x, y, width, height), in_pixels)


def roi_of(request: RoiRequest | None, images: Sequence[ImageFile]) -> Roi | None:
    """The region of interest in shares of the images.

    Raises:
        TrainingError: if it is in pixels, and not within images of one size.
    """
    if request is None:
        return None
    x, y, width, height = request.values
    if not request.in_pixels:
        return Roi(x=x, y=y, width=min(width, 1.0 - x), height=min(height, 1.0 - y))
    sizes = {(image.height, image.width) for image in images}
    if len(sizes) > 1:
        raise TrainingError(
            f"expected images of one size for --roi in pixels, found {len(sizes)} sizes; give it in per cent"
        )
    ((rows, columns),) = sizes
    if x + width > columns or y + height > rows:
        raise TrainingError(
            f"expected --roi within the images of {columns}x{rows} pixels, found one that ends at "
            f"{x + width:g},{y + height:g}; correct it"
        )
    return Roi(x=x / columns, y=y / rows, width=width / columns, height=height / rows)


def choose_input(framing: Framing, roi: Roi | None, images: Sequence[ImageFile]) -> tuple[Size, Tiles | None]:
    """The (height, width) of the graph's input, and its tiles.

    Raises:
        TrainingError: if tiles would be too many, or too large together.
    """
    down, across = (1.0, 1.0) if roi is None else (roi.height, roi.width)
    heights, widths = ([getattr(image, side) for image in images] for side in ("height", "width"))
    request, size = framing.tiles, framing.size
    if framing.smallest_defect is not None:
        region = down * float(np.median(heights)), across * float(np.median(widths))
        request, needed = tiles_for(framing.smallest_defect, region, framing.overlap)
        size = size or (needed if request or math.prod(needed) > SIDE * SIDE else None)
    rows, columns = (1, 1) if request is None else (request.rows, request.columns)
    shape = across / columns / (down / rows)
    chosen = size or choose_size([shape * width / height for height, width in zip(heights, widths, strict=True)])
    return (chosen, None) if request is None else tiled_input(request, chosen)


def choose_size(aspects: Sequence[float]) -> Size:
    """(height, width) of about SIDE x SIDE pixels: a square, or of the usual proportions where they are far from one.

    `aspects` are width / height of the images' regions of interest.
    """
    usual = float(np.exp(np.median(np.log(aspects))))
    if max(usual, 1.0 / usual) <= SQUARE:
        return SIDE, SIDE
    return _nearest(SIDE / math.sqrt(usual), SHAPE_STEP), _nearest(SIDE * math.sqrt(usual), SHAPE_STEP)


def _nearest(side: float, step: int) -> int:
    return min(LARGEST_SIDE, max(SMALLEST_SIDE, round(side / step) * step))
