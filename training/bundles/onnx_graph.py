"""ONNX export: a bundle's LiteRT graph converted, and compared with the original."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
import onnxruntime
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from service.scoring.bundle import GRAPH, Bundle
from service.scoring.decoding import decode
from service.scoring.preprocessing import preprocess
from service.scoring.scorer import GOLDEN_LIMITS, Scorer
from training.backend.quiet import load_tensorflow, quiet
from training.errors import TrainingError

OPSET = 17
"""The operators that ONNX Runtime has known since 1.12 (2022)."""

ROUNDING_TOLERANCE = 0.05
"""Relative, for maps and latents: in an int8 graph single values are rounded otherwise; the score must agree as in the
service between machines."""


def to_onnx(bundle: Bundle) -> bytes:
    """Convert a bundle's graph; input and outputs keep their names, and the batch is of one, or of any size as there.

    Raises:
        BundleError: if the service would refuse it.
        TrainingError: if it cannot be converted, or scores the bundle's golden images otherwise.
    """
    with quiet():
        Scorer(bundle)
    runner = Interpreter(model_content=bundle.graph).get_signature_runner()
    takes, gives = runner.get_input_details(), runner.get_output_details()
    model = _converted(bundle)
    names = {details["name"]: name for name, details in {**takes, **gives}.items()}
    _rename(model, names, is_open=takes["images"]["shape_signature"][0] < 0)
    content: bytes = model.SerializeToString()
    with quiet():  # the first run writes to stderr which delegate it uses
        _compare(bundle, runner, content)
    return content


def _converted(bundle: Bundle) -> onnx.ModelProto:
    load_tensorflow()
    with quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of tf2onnx about its use of TensorFlow
        from tf2onnx import convert  # noqa: PLC0415 - after TensorFlow has been loaded quietly

        try:
            model: onnx.ModelProto = convert.from_tflite(str(bundle.path / GRAPH), opset=OPSET)[0]
        except Exception as error:  # tf2onnx raises what it likes for an operator that it does not know
            raise TrainingError(
                f"expected a graph that ONNX can express, found that tf2onnx cannot convert that of bundle {bundle.id} "
                f"({_first_line(error)}); fit in float32, or another autoencoder"
            ) from error
    return model


def _rename(model: onnx.ModelProto, names: Mapping[str, str], *, is_open: bool) -> None:
    """Give tensors the names that the LiteRT graph's signature has for them, and an open batch its own."""
    for node in model.graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
    for tensor in [*model.graph.input, *model.graph.output]:
        tensor.name = names[tensor.name]
        if is_open:
            tensor.type.tensor_type.shape.dim[0].dim_param = "batch"


def _compare(bundle: Bundle, runner: Any, model: bytes) -> None:
    """Raises: TrainingError: if LiteRT and ONNX Runtime differ on a golden image, or cannot run the graph."""
    try:
        session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    except Exception as error:  # its exceptions share no public base class
        raise TrainingError(
            f"expected ONNX Runtime to load the converted graph of bundle {bundle.id}, "
            f"found that it cannot ({_first_line(error)}); fit in float32, or another autoencoder"
        ) from error
    names = [output.name for output in session.get_outputs()]
    for data, _ in bundle.golden():
        images = preprocess(decode(data, GOLDEN_LIMITS), bundle.manifest.input)[np.newaxis]
        expected = runner(images=images)
        found = dict(zip(names, session.run(names, {"images": images}), strict=True))
        for name in expected:
            tolerance = bundle.manifest.golden_tolerance if name == "score" else ROUNDING_TOLERANCE
            check_agreement(name, expected[name], found[name], tolerance)


def check_agreement(
    name: str, litert: NDArray[np.float32], onnx_runtime: NDArray[np.float32], tolerance: float
) -> None:
    """Raises: TrainingError: if the two differ by more than `tolerance` times the largest number."""
    scale = float(np.abs(litert).max())
    away = float(np.abs(litert - onnx_runtime).max())
    if not away <= tolerance * scale:
        raise TrainingError(
            f"expected ONNX Runtime and LiteRT to agree on a golden image, found {name} {away:.3g} apart on a "
            f"scale of {scale:.3g}; the graph is not written: fit in float32, or use the bundle's own"
        )


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
