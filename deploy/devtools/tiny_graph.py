"""The graph of the tiny bundle, written in LiteRT's file format directly: no TensorFlow, and done in milliseconds."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

SIDE = 32
VERSION = 3
FILE_IDENTIFIER = b"TFL3"
_TYPES = {np.dtype(name): getattr(schema.TensorType, name.upper()) for name in ("uint8", "int32", "float32", "bool")}


@lru_cache
def brightness_graph(channels: int, gain: float, side: int = SIDE, *, blinded_above: float = np.inf) -> bytes:
    """A LiteRT graph: map = gain x (mean over channels / 255), score = its maximum; NaN where that is too bright.

    Only what is brighter than any golden image may be blinding: the bundle is good until such a part comes.
    """
    graph = _Writer()
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


class _Writer:
    """Tensors and operators in the order that they are added; a tensor is known by its number."""

    def __init__(self) -> None:
        self._buffers = [schema.BufferT()]  # the first stands for tensors without data
        self._tensors: list[Any] = []
        self._codes: list[int] = []
        self._operators: list[Any] = []

    def tensor(self, name: str, dtype: Any, shape: Sequence[int], buffer: int = 0) -> int:
        self._tensors.append(
            schema.TensorT(shape=list(shape), type=_TYPES[np.dtype(dtype)], buffer=buffer, name=name, hasRank=True)
        )
        return len(self._tensors) - 1

    def constant(self, values: NDArray[Any]) -> int:
        self._buffers.append(schema.BufferT(data=np.frombuffer(values.tobytes(), np.uint8)))
        return self.tensor(f"constant-{len(self._tensors)}", values.dtype, values.shape, len(self._buffers) - 1)

    def apply(self, name: str, inputs: Sequence[int], dtype: Any, shape: Sequence[int], options: str = "") -> int:
        """Add an operator by its name in LiteRT; gives its only output."""
        output = self.tensor(f"{name.lower()}-{len(self._tensors)}", dtype, shape)
        code = getattr(schema.BuiltinOperator, name)
        if code not in self._codes:
            self._codes.append(code)
        operator = schema.OperatorT(opcodeIndex=self._codes.index(code), inputs=list(inputs), outputs=[output])
        if options:
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, f"{options}Options")
            operator.builtinOptions = getattr(schema, f"{options}OptionsT")()
        self._operators.append(operator)
        return output

    def packed(self, inputs: dict[str, int], outputs: dict[str, int]) -> bytes:
        """The whole file, with one signature."""
        signature = schema.SignatureDefT(
            inputs=[schema.TensorMapT(name, tensor) for name, tensor in inputs.items()],
            outputs=[schema.TensorMapT(name, tensor) for name, tensor in outputs.items()],
            signatureKey="serving_default",
        )
        model = schema.ModelT(
            version=VERSION,
            operatorCodes=[schema.OperatorCodeT(min(code, 127), None, 2, code) for code in self._codes],
            subgraphs=[
                schema.SubGraphT(self._tensors, list(inputs.values()), list(outputs.values()), self._operators, "main")
            ],
            buffers=self._buffers,
            signatureDefs=[signature],
        )
        builder = flatbuffers.Builder(1024)
        builder.Finish(model.Pack(builder), FILE_IDENTIFIER)
        return bytes(builder.Output())
