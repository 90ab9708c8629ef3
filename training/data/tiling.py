"""Tiles of large images: how many, how large, and how large the graph's input is with them."""

import math
import re
from dataclasses import dataclass
from itertools import count

from service.scoring.image import Size
from service.scoring.input_spec import MOST_TILES, Tiles
from training.errors import TrainingError

TILE = 512
"""Longest side of a tile, in pixels of the graph's input, where none is asked for: the fewer borders, the better."""

OVERLAP = 0.25
"""Share of a tile's shorter side that neighbours have in common: without, seams hide defects (docs/shapes.md)."""

SEEN = 16
"""Pixels of the graph's input that the smallest defect is to have a side: one position of a network's features."""

STEP = 32
"""Sides of tiles are multiples of this."""

OVERLAP_STEP = 16
"""Overlaps are, so that maps of tiles share whole positions."""

LARGEST_INPUT = 4096
"""Longest side of all tiles together."""

MOST_OVERLAP = 0.5

_TILES = re.compile(r"(\d+)[xX](\d+)")


@dataclass(frozen=True, slots=True)
class TilesRequest:
    """Rows and columns of tiles, and the share of a tile's shorter side that neighbours have in common."""

    rows: int
    columns: int
    overlap: float = OVERLAP


def parse_tiles(text: str, overlap: float) -> TilesRequest:
    """`ROWSxCOLUMNS`.

    Raises:
        TrainingError: if it is not, or there are too many.
    """
    found = _TILES.fullmatch(text.strip())
    rows, columns = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 < rows * columns <= MOST_TILES:
        raise TrainingError(
            f"expected --tiles as ROWSxCOLUMNS, such as 2x3, of 2 to {MOST_TILES} tiles, found {text!r}; correct it"
        )
    return TilesRequest(rows, columns, overlap)


def tiles_for(smallest_defect: int, region: tuple[float, float], overlap: float) -> tuple[TilesRequest | None, Size]:
    """Tiles in which the smallest defect has SEEN pixels a side, and the size of one; None where one input will do.

    Args:
        smallest_defect: its extent in pixels of the original images.
        region: (height, width) of what is scored of them, in the same pixels.
        overlap: as of TilesRequest.

    Raises:
        TrainingError: if there would be too many.
    """
    counts = _counts(smallest_defect, region, overlap)
    if math.prod(counts) > MOST_TILES:
        larger = next(n for n in count(smallest_defect) if math.prod(_counts(n, region, overlap)) <= MOST_TILES)
        raise TrainingError(
            f"expected a smallest defect that {MOST_TILES} tiles are enough for, found {counts[0]} x {counts[1]} tiles "
            f"for {smallest_defect} pixels; give {larger} or more, or a smaller region of interest"
        )
    scale = SEEN / smallest_defect
    height, width = (
        max(STEP, STEP * math.ceil(scale * side / (tiles - (tiles - 1) * overlap) / STEP))
        for side, tiles in zip(region, counts, strict=True)
    )
    several = TilesRequest(*counts, overlap) if counts != (1, 1) else None
    return several, (height, width)


def _counts(smallest_defect: int, region: tuple[float, float], overlap: float) -> tuple[int, int]:
    """Rows and columns of tiles of at most TILE in which the smallest defect has SEEN pixels."""
    rows, columns = (
        max(1, math.ceil((SEEN / smallest_defect * side / TILE - overlap) / (1.0 - overlap))) for side in region
    )
    return rows, columns


def tiled_input(request: TilesRequest, tile: Size) -> tuple[Size, Tiles]:
    """The (height, width) of the graph's input, and its tiles of this size.

    Raises:
        TrainingError: if it would be too large.
    """
    overlap = OVERLAP_STEP * round(request.overlap * min(tile) / OVERLAP_STEP)
    height = request.rows * tile[0] - (request.rows - 1) * overlap
    width = request.columns * tile[1] - (request.columns - 1) * overlap
    if max(height, width) > LARGEST_INPUT:
        raise TrainingError(
            f"expected tiles that are at most {LARGEST_INPUT} pixels together on either side, found {height}x{width}; "
            "give fewer tiles, or smaller ones with --image-size"
        )
    return (height, width), Tiles(rows=request.rows, columns=request.columns, overlap=overlap)
