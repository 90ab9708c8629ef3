"""Exporting the scoring graph, and the decoder of latents, as LiteRT flatbuffers, and verifying them."""

import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from service.scoring.manifest import Precision
from training.autoencoders.scoring_graph import ScoringGraph
from training.backend.litert import batch_of, convert, grouped, runner
from training.backend.quiet import quiet
from training.backend.stitching import stitched
from training.backend.tensors import Tensor, images_tensor
from training.errors import TrainingError

AGREEMENT = 1e-3
"""How far LiteRT's numbers may be from TensorFlow's, relative to the largest of them."""

INT8_AGREEMENT = 0.7
"""How far maps and latents of normal images in int8 may be from those in float32, as vectors, relative to their length.
Far more than rounding leaves; a graph that it spoilt reproduces nothing, and is several lengths away."""


def export(graph: ScoringGraph, precision: Precision = "float32") -> bytes:
    """Convert a scoring graph: `images` to `score`, `anomaly_map`, and `code` if there is one."""
    return graph.autoencoder.converted(graph.of_target).flatbuffer(precision)


def code_size(graph: ScoringGraph) -> int | None:
    """The numbers in the latent that a scoring graph gives; None if it gives none."""
    code = graph(tf.zeros(images_tensor(graph.autoencoder.whole).shape, tf.uint8)).get("code")
    return None if code is None else int(code.shape[1])


def export_decoder(graph: ScoringGraph, size: int | None) -> bytes | None:
    """Convert the decoder: `code` float32 [batch, size] to `image` float32 [batch, h, w, channels].

    None where there is no latent, or where latents alone give no image.
    """
    if size is None or graph.decoded(tf.zeros([1, size])) is None:
        return None

    def decode(code: Tensor) -> dict[str, Tensor]:
        return {"image": graph.decoded(code)}

    return convert(decode, tf.TensorSpec([None, size], tf.float32, name="code"))


def export_reconstruction(graph: ScoringGraph, decoder: bytes | None) -> bytes | None:
    """Convert the reconstruction: `images` as the scoring graph takes them to `image` float32 [1, h, w, channels].

    None where latents and the decoder give the same, or where it is no image.
    """
    autoencoder = graph.autoencoder
    if decoder is not None or not autoencoder.gives_images:
        return None

    def reconstruct(images: Tensor) -> dict[str, Tensor]:
        made = autoencoder.reconstruct(graph.network, graph.target(images))
        return {"image": stitched(tf.clip_by_value(made, 0.0, 1.0), autoencoder.whole)}

    return convert(reconstruct, images_tensor(autoencoder.whole))


def verify(flatbuffer: bytes, graph: ScoringGraph, images: NDArray[np.uint8]) -> None:
    """Check that LiteRT gives the numbers of a scoring graph for images, uint8 [n, height, width, channels].

    Raises:
        RuntimeError: if it does not; a fault of the conversion that must never reach a bundle.
    """
    run = Interpreter(model_content=flatbuffer).get_signature_runner()
    with quiet():
        groups = grouped(images, batch_of(run))
        run(images=groups[0])  # the first run writes to stderr which delegate it uses
    for image in groups:
        found = run(images=image)
        for name, expected in graph(tf.constant(image)).items():
            away = np.abs(found[name] - expected.numpy()).max()
            if not away <= AGREEMENT * np.abs(expected.numpy()).max():
                msg = f"expected LiteRT to agree with TensorFlow on {name}, found them {away:.3g} apart"
                raise RuntimeError(msg)


def verify_int8(flatbuffer: bytes, exact: bytes, images: NDArray[np.uint8]) -> None:
    """Check that a graph in int8 gives nearly the numbers of its float32 original.

    Maps and latents are compared, not scores: those of normal images differ by little more than rounding.

    Args:
        flatbuffer: in int8.
        exact: in float32.
        images: normal ones, uint8 [n, height, width, channels].

    Raises:
        TrainingError: if it does not.
    """
    with quiet():  # the first run writes to stderr which delegate it uses
        found, expected = (runner(graph)(images) for graph in (flatbuffer, exact))
    for name in sorted(expected.keys() - {"score"}):
        away = float(np.linalg.norm(found[name] - expected[name]) / np.linalg.norm(expected[name]))
        if not away <= INT8_AGREEMENT:
            raise TrainingError(
                f"expected the graph in int8 to give for normal images nearly the numbers of float32, found its {name} "
                f"{away:.2g} times its length away, more than {INT8_AGREEMENT}; fit with --precision float32"
            )
