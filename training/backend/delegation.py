"""Operators that LiteRT's delegate XNNPACK does not take: they cut the graph, and run in slower kernels of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ai_edge_litert.interpreter import Interpreter

from training.backend.quiet import quiet
from training.errors import TrainingError

DELEGATE = "DELEGATE"
"""What the runtime calls the operators that a delegate has put in place of those that it took."""

ALLOWED: Mapping[str, str] = {
    "CAST": "bytes to numbers, at the graph's start",
    "TOPK_V2": "the highest positions of the anomaly map, at its end",
    "MIRROR_PAD": "edges reflected for windows, in the losses ssim and gradient",
    "L2_NORMALIZATION": "features compared by direction, in the loss perceptual",
}
"""Kinds that XNNPACK does not know at all, and why graphs have them nevertheless."""


@dataclass(frozen=True, slots=True)
class Operator:
    """One that no delegate takes."""

    number: int
    """Its place in the graph."""
    kind: str
    """In LiteRT's words: TOPK_V2."""
    name: str
    """Of its first output."""

    def __str__(self) -> str:
        return f"{self.kind} ({self.name})"


def left_to_litert(flatbuffer: bytes) -> list[Operator] | None:
    """The operators of a graph that LiteRT runs itself, each by a kernel of its own, in their order.

    None if that cannot be seen: this runtime does not list its operators, or has no delegate.
    """
    with quiet():  # it writes to stderr which delegate it uses
        interpreter = Interpreter(model_content=flatbuffer, num_threads=1)
        interpreter.allocate_tensors()
    try:
        details = interpreter._get_ops_details()  # noqa: SLF001 - nothing public says what a delegate took
    except AttributeError:
        return None
    delegates = [each for each in details if each["op_name"] == DELEGATE]
    if not delegates:
        return None
    own = [each for each in details if each["op_name"] != DELEGATE]
    maker = {int(tensor): each["index"] for each in own for tensor in each["outputs"]}
    inputs = {each["index"]: each["inputs"] for each in own}
    taken = {number for each in delegates for number in _between(each, maker, inputs)}
    names = {each["index"]: each["name"] for each in interpreter.get_tensor_details()}
    left = [each for each in own if each["index"] not in taken]
    return [Operator(each["index"], each["op_name"], names.get(int(each["outputs"][0]), "")) for each in left]


def check_delegation(flatbuffer: bytes) -> str:
    """Check that XNNPACK takes every operator of a graph but those of ALLOWED; a note for people if that is unknown.

    Raises:
        TrainingError: if it leaves others, by their names.
    """
    left = left_to_litert(flatbuffer)
    if left is None:
        return "this LiteRT runtime does not tell which operators its delegate takes, so that was not checked"
    if others := [each for each in left if each.kind not in ALLOWED]:
        raise TrainingError(
            f"expected XNNPACK to take every operator of the graph but {', '.join(ALLOWED)}, found that it leaves "
            f"{', '.join(map(str, others))}; write that part of the autoencoder with other operators"
        )
    return ""


def _between(delegate: Mapping[str, Any], maker: Mapping[int, int], inputs: Mapping[int, Sequence[int]]) -> set[int]:
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
