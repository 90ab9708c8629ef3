"""Time inside a graph: its first operators alone, then some more of them, and the differences.

LiteRT's profiler cannot be reached from Python. A prefix is a graph of its own, so it runs as the whole does: in
XNNPACK, with the same kernels and the same fusion, but for the operator at its end.
"""

from collections.abc import Sequence
from copy import copy

from ai_edge_litert.tools import flatbuffer_utils

from training.backend.timing import Timed, fastest

AT_ONCE = 24
"""Graphs that take turns: each holds its own copy of the weights."""


def prefix_milliseconds(model: bytes, ends: Sequence[int], *, rounds: int) -> list[float]:
    """Milliseconds on one thread of the first `end` operators, for each of `ends`; the least of the rounds."""
    some = (ends[first : first + AT_ONCE] for first in range(0, len(ends), AT_ONCE))
    return [each for chunk in some for each in fastest([Timed(prefix(model, end), 1) for end in chunk], rounds)]


def prefix(model: bytes, end: int) -> bytes:
    """The graph of the first `end` operators; its outputs are all that the others, or the caller, would read."""
    graph = flatbuffer_utils.read_model_from_bytearray(bytearray(model))
    (subgraph,) = graph.subgraphs
    kept, left = subgraph.operators[:end], subgraph.operators[end:]
    made = {int(tensor) for each in kept for tensor in each.outputs}
    wanted = {int(tensor) for each in left for tensor in each.inputs} | set(map(int, subgraph.outputs))
    subgraph = copy(subgraph)
    subgraph.operators, subgraph.outputs = kept, sorted(made & wanted)
    graph.subgraphs, graph.signatureDefs = [subgraph], None
    return bytes(flatbuffer_utils.convert_object_to_bytearray(graph))
