"""Writing the scoring graph, and the decoder of codes, as LiteRT flatbuffers."""

from collections.abc import Callable
from tempfile import TemporaryDirectory

import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from service.scoring.manifest import InputSpec
from training.autoencoders.base import Tensor
from training.quiet import quiet
from training.scoring_graph import ScoringGraph

AGREEMENT = 1e-3
"""How far LiteRT's numbers may be from TensorFlow's, relative to the largest of them."""


def export(graph: ScoringGraph, spec: InputSpec) -> bytes:
    """Convert a scoring graph: `images` to `score`, `anomaly_map`, and `code` if there is one."""
    return _convert(
        graph.__call__, tf.TensorSpec([None, spec.height, spec.width, spec.channels], tf.uint8, name="images")
    )


def export_decoder(graph: ScoringGraph, code_size: int | None) -> bytes | None:
    """Convert what makes images of codes: `code` float32 [batch, size] to `image` float32 [batch, h, w, channels].

    None where there is no code, or where codes alone give no image.
    """
    if code_size is None or graph.decoded(tf.zeros([1, code_size])) is None:
        return None

    def decode(code: Tensor) -> dict[str, Tensor]:
        return {"image": graph.decoded(code)}

    return _convert(decode, tf.TensorSpec([None, code_size], tf.float32, name="code"))


def verify(flatbuffer: bytes, graph: ScoringGraph, images: NDArray[np.uint8]) -> None:
    """Check that LiteRT says of images, uint8 [n, height, width, channels], what the scoring graph says.

    Raises:
        RuntimeError: if it does not; a fault of the conversion that must never reach a bundle.
    """
    run = Interpreter(model_content=flatbuffer).get_signature_runner()
    with quiet():
        run(images=images[:1])  # the first run tells stderr which delegate it uses
    for image in images[:, np.newaxis]:
        found = run(images=image)
        for name, expected in graph(tf.constant(image)).items():
            away = np.abs(found[name] - expected.numpy()).max()
            if not away <= AGREEMENT * np.abs(expected.numpy()).max():
                msg = f"expected LiteRT to agree with TensorFlow on {name}, found them {away:.3g} apart"
                raise RuntimeError(msg)


def _convert(function: Callable[[Tensor], dict[str, Tensor]], takes: tf.TensorSpec) -> bytes:
    """A function of one tensor as a flatbuffer with one signature, weights frozen into it.

    The variables are frozen before the conversion because the converter, given a Keras model with
    variables through from_concrete_functions, silently wrote other numbers (tensorflow 2.21).
    """
    traced = tf.function(function).get_concrete_function(takes)
    names = sorted(traced.structured_outputs)
    frozen = convert_variables_to_constants_v2(traced)

    def run(given: Tensor) -> dict[str, Tensor]:
        # The frozen function gives its outputs as a list, in the order of their sorted names.
        return dict(zip(names, frozen(given), strict=True))

    module = tf.Module()
    module.run = tf.function(run, input_signature=[takes])
    with TemporaryDirectory() as folder, quiet():
        tf.saved_model.save(module, folder, signatures=module.run.get_concrete_function())
        flatbuffer: bytes = tf.lite.TFLiteConverter.from_saved_model(folder).convert()
    return flatbuffer
