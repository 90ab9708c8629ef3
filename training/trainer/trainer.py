"""Everything of a fit that needs TensorFlow: from the split's images to the exported graph."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from training.autoencoders.base import Autoencoder
from training.autoencoders.scoring_graph import ScoringGraph, scaled
from training.backend.int8 import check_convolutions, quantised
from training.data.preprocessed import PreprocessedImages
from training.data.split import Split
from training.progress import Progress
from training.trainer.export import export, export_decoder, verify, verify_int8
from training.trainer.loop import train
from training.trainer.reconstructor import GraphReconstructor
from training.trainer.result import History, Trained

VERIFIED_IMAGES = 4
COMPARED_IMAGES = 16


def train_graph(
    autoencoder: Autoencoder[Any],
    split: Split,
    seed: int,
    progress: Progress,
) -> Trained:
    """Train an autoencoder on the fit split and export its scoring graph.

    Preprocessed images lie in a temporary folder meanwhile: height x width x channels bytes for each.

    Raises:
        TrainingError: if the loss is no longer a number, or the precision does not suit the graph.
    """
    spec, is_int8 = autoencoder.spec, autoencoder.precision == "int8"
    if is_int8:
        check_convolutions(autoencoder.build())
    with TemporaryDirectory(prefix="linewatch-fit-", ignore_cleanup_errors=True) as folder:
        fit, validation = (
            PreprocessedImages(part, spec, Path(folder), progress) for part in (split.fit, split.validation)
        )
        graph, history = fit_graph(autoencoder, fit, validation, (fit, validation), seed, progress)
        progress.say("exporting the graph")
        flatbuffer = export(graph, spec)
        code_size = _code_size(graph, next(validation.batches(1)))
        decoder = export_decoder(graph, code_size)
        verify(flatbuffer, graph, next(validation.batches(VERIFIED_IMAGES)))
        if is_int8:
            exact, flatbuffer = flatbuffer, quantised(flatbuffer)
            verify_int8(flatbuffer, exact, next(validation.batches(COMPARED_IMAGES)))
    return Trained(
        graph=flatbuffer,
        decoder=decoder,
        history=history,
        parameters=graph.network.count_params(),
        code_size=code_size,
        reconstructor=GraphReconstructor(graph, seed),
    )


def fit_graph(
    autoencoder: Autoencoder[Any],
    fit: PreprocessedImages,
    validation: PreprocessedImages,
    normals: tuple[PreprocessedImages, ...],
    seed: int,
    progress: Progress,
) -> tuple[ScoringGraph, History]:
    """Train an autoencoder, from its first weights to the scoring graph that is exported.

    `normals` are those whose residuals it may learn: the more, and the more of them not trained on, the better.

    Raises:
        TrainingError: if the loss is no longer a number.
    """
    network, history = fit_network(autoencoder, fit, validation, seed, progress)
    progress.say("learning what it leaves over of normal images")
    autoencoder.finish(network, *normals)
    graph = ScoringGraph(autoencoder, network)
    return graph if autoencoder.gives_anomaly_map() else scaled(graph, fit), history


def fit_network(
    autoencoder: Autoencoder[Any],
    fit: PreprocessedImages,
    validation: PreprocessedImages,
    seed: int,
    progress: Progress,
) -> tuple[keras.Model, History]:
    """Train an autoencoder's network, from its first weights; what it leaves over is not learnt yet.

    Raises:
        TrainingError: if the loss is no longer a number.
    """
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    autoencoder.fit_statistics(fit)
    network = autoencoder.build()
    return network, train(autoencoder, network, fit, validation, seed, progress)


def _code_size(graph: ScoringGraph, image: NDArray[np.uint8]) -> int | None:
    """The numbers in a code, found with one image [1, height, width, channels]; None without a code."""
    code = graph(tf.constant(image)).get("code")
    return None if code is None else int(code.shape[1])
