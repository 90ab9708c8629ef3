"""The graph of the tiny bundle: the score is the brightness of the brightest place."""

from functools import lru_cache

import numpy as np

from deploy.devtools.graph_writer import GraphWriter

SIDE = 32


@lru_cache
def brightness_graph(channels: int, gain: float, side: int = SIDE, *, blinded_above: float = np.inf) -> bytes:
    """A LiteRT graph: map = gain x (mean over channels / 255), score = its maximum; NaN where that is too bright.

    Only what is brighter than any golden image may be blinding: the bundle is good until such a part comes.
    """
    graph = GraphWriter()
    images = graph.tensor("images", np.uint8, (1, side, side, channels))
    bright = graph.apply("CAST", [images], np.float32, (1, side, side, channels))
    bright = graph.apply(
        "MEAN", [bright, graph.constant(np.array([3], np.int32))], np.float32, (1, side, side), "Reducer"
    )
    bright = graph.apply(
        "MUL", [bright, graph.constant(np.array([gain / 255.0], np.float32))], np.float32, (1, side, side), "Mul"
    )
    most = graph.apply("REDUCE_MAX", [bright, graph.constant(np.array([1, 2], np.int32))], np.float32, (1,), "Reducer")
    if np.isfinite(blinded_above):
        blinding = graph.apply("GREATER", [most, graph.constant(np.array([blinded_above], np.float32))], np.bool_, (1,))
        most = graph.apply(
            "SELECT_V2", [blinding, graph.constant(np.array([np.nan], np.float32)), most], np.float32, (1,)
        )
    return graph.packed({"images": images}, {"score": most, "anomaly_map": bright})
