"""What of an image is scored, in plain words or as JSON: region of interest, ignored areas, padding and tiles."""

from typing import Any

from service.scoring.ignored import ignored_mask
from service.scoring.image import Size
from service.scoring.input_spec import InputSpec, Roi, Tiles
from service.scoring.tiles import tile_size
from service.scoring.window import roi_box


def scored_words(spec: InputSpec) -> str:
    """What of an image is scored, in clauses with commas; empty if it is all of the image, in one piece."""
    clauses = [
        *([_region(spec.roi)] if spec.roi else []),
        *([f"{_per_cent(ignored_share(spec))} of {'that' if spec.roi else 'it'} ignored"] if spec.ignored else []),
        *(["padded to keep its proportions"] if spec.resize == "pad" else []),
        *([_tiles(spec, spec.tiles)] if spec.tiles else []),
    ]
    if not clauses:
        return ""
    return ", ".join(clauses if spec.roi else ["the whole image", *clauses])


def scored_json(size: Size, spec: InputSpec) -> dict[str, Any]:
    """What of an image of this (height, width) is scored, as `score --json` prints it; empty if it is all of it.

    `roi` is in pixels of the image; `ignored` is the share of it that is ignored.
    """
    found: dict[str, Any] = {}
    if spec.roi is not None:
        left, top, right, bottom = roi_box(size, spec)
        found["roi"] = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    if spec.ignored:
        found["ignored"] = round(ignored_share(spec), 6)
    return found


def ignored_share(spec: InputSpec) -> float:
    """The share of the graph's input, 0 to 1, that is never scored; padding counts as the input, and as scored."""
    return float(ignored_mask(spec.ignored).mean()) if spec.ignored else 0.0


def _region(roi: Roi) -> str:
    x, y, width, height = (_per_cent(share) for share in (roi.x, roi.y, roi.width, roi.height))
    return f"a region of {width} of the width and {height} of the height (from {x} on the left and {y} at the top)"


def _tiles(spec: InputSpec, tiles: Tiles) -> str:
    height, width = tile_size(spec)
    shared = f" that share {tiles.overlap} pixels" if tiles.overlap else ""
    return f"{tiles.rows} x {tiles.columns} tiles of {width}x{height}{shared}"


def _per_cent(share: float) -> str:
    """To a tenth: 12.5 %, and below that what is more than nothing."""
    shown = f"{100.0 * share:.1f}".removesuffix(".0")
    return f"{shown} %" if float(shown) or not share else "less than 0.1 %"
