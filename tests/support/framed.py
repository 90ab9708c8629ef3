"""Bundles that score a part of an image alone: the tiny bundle with region of interest, ignored areas and tiles."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deploy.devtools.graph_writer import GraphWriter
from service.scoring.bundle import GRAPH
from service.scoring.ignored import ignored_mask, pack_mask
from service.scoring.input_spec import InputSpec, Roi, Tiles
from service.scoring.tiles import number_of_tiles, tile_size
from tests.support.bundles import SIDE, write_bundle


def corner(height: int = SIDE, width: int = SIDE) -> NDArray[np.bool_]:
    """A mask of the upper right quarter of a graph's input, bool [height, width]."""
    mask = np.zeros((height, width), bool)
    mask[: height // 2, width // 2 :] = True
    return mask


FRAMED = InputSpec(
    height=SIDE,
    width=SIDE,
    channels=3,
    margin=1.5,
    roi=Roi(x=0.25, y=0.0, width=0.75, height=1.0),
    ignored=pack_mask(corner()),
    tiles=Tiles(rows=2, columns=1),
)
"""All but the left quarter of an image; of that, not the upper right quarter; in two tiles."""


def framed_graph(spec: InputSpec, gain: float = 1.0) -> bytes:
    """The graph of brightness, 0 where pixels are ignored, of tiles that lie above each other and share nothing."""
    tiles, (height, width) = number_of_tiles(spec), tile_size(spec)
    scored = np.ones((spec.height, spec.width), bool) if not spec.ignored else ~ignored_mask(spec.ignored)
    graph = GraphWriter()
    images = graph.tensor("images", np.uint8, (tiles, height, width, spec.channels))
    bright = graph.apply("CAST", [images], np.float32, (tiles, height, width, spec.channels))
    channels = graph.constant(np.array([3], np.int32))
    bright = graph.apply("MEAN", [bright, channels], np.float32, (tiles, height, width), "Reducer")
    whole = (1, spec.height, spec.width)
    bright = graph.apply("RESHAPE", [bright, graph.constant(np.array(whole, np.int32))], np.float32, whole)
    factors = graph.constant((scored[np.newaxis] * (gain / 255.0)).astype(np.float32))
    bright = graph.apply("MUL", [bright, factors], np.float32, whole, "Mul")
    most = graph.apply("REDUCE_MAX", [bright, graph.constant(np.array([1, 2], np.int32))], np.float32, (1,), "Reducer")
    return graph.packed({"images": images}, {"score": most, "anomaly_map": bright})


def write_framed_bundle(
    store: Path, stream: str = "default", spec: InputSpec = FRAMED, *, gain: float = 1.0, **changes: Any
) -> Path:
    """The tiny bundle, its graph that of `spec`; `changes` as of `write_bundle`."""
    more = {GRAPH: framed_graph(spec, gain), **changes.pop("more", {})}
    return write_bundle(store, stream, gain=gain, more=more, input=spec, **changes)
