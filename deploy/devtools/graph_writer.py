"""Writes graphs in LiteRT's file format directly: no TensorFlow, and done in milliseconds."""

from collections.abc import Mapping, Sequence
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

VERSION = 3
FILE_IDENTIFIER = b"TFL3"
_TYPES = {
    np.dtype(name): getattr(schema.TensorType, name.upper()) for name in ("uint8", "int8", "int32", "float32", "bool")
}

_RESHAPE = schema.BuiltinOperator.RESHAPE
"""Of the operators used here, the one without a second version."""


class GraphWriter:
    """Tensors and operators in the order that they are added; a tensor is known by its number."""

    def __init__(self) -> None:
        self._buffers = [schema.BufferT()]  # the first stands for tensors without data
        self._tensors: list[Any] = []
        self._codes: list[int] = []
        self._operators: list[Any] = []

    def tensor(self, name: str, dtype: Any, shape: Sequence[int], buffer: int = 0, scale: float | None = None) -> int:
        """Add a tensor; `scale` makes it a quantised one, with zero at 0."""
        quantised = scale and schema.QuantizationParametersT(scale=[scale], zeroPoint=[0])
        self._tensors.append(
            schema.TensorT(
                shape=list(shape),
                type=_TYPES[np.dtype(dtype)],
                buffer=buffer,
                name=name,
                quantization=quantised or None,
                hasRank=True,
            )
        )
        return len(self._tensors) - 1

    def constant(self, values: NDArray[Any], scale: float | None = None) -> int:
        """Add a tensor that holds `values`."""
        self._buffers.append(schema.BufferT(data=np.frombuffer(values.tobytes(), np.uint8)))
        name, buffer = f"constant-{len(self._tensors)}", len(self._buffers) - 1
        return self.tensor(name, values.dtype, values.shape, buffer, scale)

    def apply(
        self,
        name: str,
        inputs: Sequence[int],
        dtype: Any,
        shape: Sequence[int],
        options: str = "",
        scale: float | None = None,
    ) -> int:
        """Add an operator by its name in LiteRT, with the default values of its options; gives its only output."""
        output = self.tensor(f"{name.lower()}-{len(self._tensors)}", dtype, shape, scale=scale)
        code = getattr(schema.BuiltinOperator, name)
        if code not in self._codes:
            self._codes.append(code)
        operator = schema.OperatorT(opcodeIndex=self._codes.index(code), inputs=list(inputs), outputs=[output])
        if options:
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, f"{options}Options")
            operator.builtinOptions = getattr(schema, f"{options}OptionsT")()
        self._operators.append(operator)
        return output

    def packed(self, inputs: Mapping[str, int], outputs: Mapping[str, int]) -> bytes:
        """The whole file, with one signature."""
        signature = schema.SignatureDefT(
            inputs=[schema.TensorMapT(name, tensor) for name, tensor in inputs.items()],
            outputs=[schema.TensorMapT(name, tensor) for name, tensor in outputs.items()],
            signatureKey="serving_default",
        )
        model = schema.ModelT(
            version=VERSION,
            operatorCodes=[
                schema.OperatorCodeT(min(code, 127), None, 2 if code != _RESHAPE else 1, code) for code in self._codes
            ],
            subgraphs=[
                schema.SubGraphT(self._tensors, list(inputs.values()), list(outputs.values()), self._operators, "main")
            ],
            buffers=self._buffers,
            signatureDefs=[signature],
        )
        builder = flatbuffers.Builder(1024)
        builder.Finish(model.Pack(builder), FILE_IDENTIFIER)
        return bytes(builder.Output())
