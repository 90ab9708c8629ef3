"""A graph's operators with their multiply-adds and bytes, read from the LiteRT file."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from ai_edge_litert.tools import flatbuffer_utils

Shape = tuple[int, ...]

_NAMES = {code: name for name, code in vars(schema.BuiltinOperator).items() if not name.startswith("_")}


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator, as it is laid out for one image."""

    kind: str
    """In LiteRT's words: CONV_2D."""
    name: str
    """Of its first output."""
    dtype: str
    """Of its first input, such as int8."""
    macs: int
    """Multiply-adds of convolutions and products of matrices; everything else counts none."""
    weight_bytes: int
    """Its constants."""
    moved_bytes: int
    """Other tensors that it reads and writes."""
    output: Shape


def read_operators(model: bytes) -> list[Operator]:
    """The operators in the order in which they run.

    Shapes are those of an interpreter that has run once: in a graph with an open batch the file does not have them.
    """
    graph = flatbuffer_utils.read_model_from_bytearray(bytearray(model))
    (subgraph,) = graph.subgraphs
    tensors = _tensors_after_a_run(model)
    found = []
    for each in subgraph.operators:
        kind = _NAMES[flatbuffer_utils.get_builtin_code_from_operator_code(graph.operatorCodes[each.opcodeIndex])]
        inputs = [index for index in each.inputs if index >= 0]
        constant = [index for index in inputs if _is_constant(graph, subgraph.tensors[index])]
        moved = [index for index in (*inputs, *each.outputs) if index not in constant]
        shapes = [tensors[index].shape for index in inputs]
        output = tensors[each.outputs[0]]
        found.append(
            Operator(
                kind=kind,
                name=subgraph.tensors[each.outputs[0]].name.decode(),
                dtype=str(tensors[inputs[0]].dtype),
                macs=_macs(kind, each.builtinOptions, shapes, output.shape),
                weight_bytes=sum(tensors[index].bytes for index in constant),
                moved_bytes=sum(tensors[index].bytes for index in moved),
                output=output.shape,
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class _Tensor:
    shape: Shape
    dtype: np.dtype[Any]

    @property
    def bytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize


def _tensors_after_a_run(model: bytes) -> dict[int, _Tensor]:
    """By index; with LiteRT's own kernels, since a delegate hides the tensors inside it."""
    kernels = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = Interpreter(model_content=model, experimental_op_resolver_type=kernels)
    interpreter.allocate_tensors()
    interpreter.invoke()
    details = interpreter.get_tensor_details()
    return {each["index"]: _Tensor(tuple(map(int, each["shape"])), np.dtype(each["dtype"])) for each in details}


def _is_constant(graph: Any, tensor: Any) -> bool:
    data = graph.buffers[tensor.buffer].data
    return data is not None and len(data) > 0


def _macs(kind: str, options: Any, inputs: Sequence[Shape], output: Shape) -> int:
    per_output = _PER_OUTPUT.get(kind)
    return math.prod(output) * per_output(options, inputs) if per_output else 0


def _of_product(options: Any, inputs: Sequence[Shape]) -> int:
    return inputs[0][-2 if options.adjX else -1]


_PER_OUTPUT: dict[str, Callable[[Any, Sequence[Shape]], int]] = {
    "CONV_2D": lambda _, inputs: math.prod(inputs[1][1:]),  # filter [out, height, width, in]
    "DEPTHWISE_CONV_2D": lambda _, inputs: math.prod(inputs[1][1:3]),  # [1, height, width, out]
    "FULLY_CONNECTED": lambda _, inputs: inputs[1][-1],  # [out, in]
    "BATCH_MATMUL": _of_product,
}
"""Multiply-adds for each number of the output."""
