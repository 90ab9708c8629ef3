"""Time inside a graph: its first operators alone, then some more of them, and the differences.

LiteRT's profiler cannot be reached from Python. A prefix is a graph of its own, so it runs as the whole does: in
XNNPACK, with the same kernels and the same fusion, but for the operator at its end.
"""

from collections.abc import Sequence
from copy import copy

from ai_edge_litert.interpreter import Interpreter
from ai_edge_litert.tools import flatbuffer_utils

from deploy.benchmarks.speed.graph.timing import Timed, fastest

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


def left_to_litert(model: bytes) -> list[int]:
    """Numbers of the operators that no delegate takes: LiteRT runs these itself, each by a kernel of its own."""
    interpreter = Interpreter(model_content=model, num_threads=1)
    interpreter.allocate_tensors()
    details = interpreter._get_ops_details()  # noqa: SLF001 - nothing public says what a delegate took
    own = [each for each in details if each["op_name"] != "DELEGATE"]
    maker = {int(tensor): each["index"] for each in own for tensor in each["outputs"]}
    inputs = {each["index"]: each["inputs"] for each in own}
    taken: set[int] = set()
    for delegate in (each for each in details if each["op_name"] == "DELEGATE"):
        taken |= _between(delegate, maker, inputs)
    return [each["index"] for each in own if each["index"] not in taken]


def _between(delegate: dict[str, Sequence[int]], maker: dict[int, int], inputs: dict[int, Sequence[int]]) -> set[int]:
    """Operators that make a delegate's outputs from its inputs."""
    known, found = set(map(int, delegate["inputs"])), set[int]()
    open_ends = [int(tensor) for tensor in delegate["outputs"]]
    while open_ends:
        tensor = open_ends.pop()
        number = maker.get(tensor)
        if tensor in known or number is None or number in found:
            continue
        found.add(number)
        open_ends += map(int, inputs[number])
    return found
