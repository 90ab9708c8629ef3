"""From a split to a trained, exported and verified graph."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras
import tensorflow as tf

from training.autoencoders.base import Autoencoder
from training.autoencoders.scoring_graph import ScoringGraph, scaled
from training.backend.delegation import check_delegation
from training.backend.int8 import check_convolutions
from training.backend.kernel_spread import kernel_spread
from training.data.preprocessed import PreprocessedImages, preprocess_files
from training.data.split import Split
from training.progress import Progress
from training.trainer.export import code_size, export_decoder, verify, verify_int8
from training.trainer.learnt import follows
from training.trainer.loop import train
from training.trainer.map_prices import map_prices
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
        TrainingError: if the loss is no longer a number, or precision or delegate do not suit the graph.
    """
    spec, is_int8 = autoencoder.spec, autoencoder.precision == "int8"
    if is_int8:
        check_convolutions(autoencoder.build())
    with TemporaryDirectory(prefix="linewatch-fit-", ignore_cleanup_errors=True) as folder:
        fit, validation = (
            preprocess_files(images, spec, Path(folder), name, progress)
            for name, images in (("fit", split.fit), ("validation", split.validation))
        )
        graph, history = fit_graph(autoencoder, fit, validation, (fit, validation), seed, progress)
        progress.say("exporting the graph")
        converted, latent_size = autoencoder.converted(graph.of_target), code_size(graph)
        exact = converted.flatbuffer("float32")
        decoder = export_decoder(graph, latent_size)
        verify(exact, graph, validation[:VERIFIED_IMAGES])
        flatbuffer = converted.flatbuffer(autoencoder.precision)
        if is_int8:
            verify_int8(flatbuffer, exact, validation[:COMPARED_IMAGES])
        if unknown := check_delegation(flatbuffer):
            progress.say(unknown)
        learnt = follows(graph, validation, seed)
        spread = kernel_spread(flatbuffer, validation[:COMPARED_IMAGES])
    return Trained(
        graph=flatbuffer,
        decoder=decoder,
        history=history,
        parameters=graph.network.count_params(),
        code_size=latent_size,
        reconstructor=GraphReconstructor(graph, seed),
        kernel_spread=spread,
        map_prices=map_prices(graph, flatbuffer),
        follows=learnt,
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
    progress.say("learning the residuals of normal images")
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
    """Train an autoencoder's network, from its first weights; its residuals are not learnt yet.

    Raises:
        TrainingError: if the loss is no longer a number.
    """
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    autoencoder.fit_statistics(fit)
    network = autoencoder.build()
    return network, train(autoencoder, network, fit, validation, seed, progress)
