"""Fitting an autoencoder to a share of the normal images, from its first weights to its scoring graph."""

import math
from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from training.autoencoders.base import Autoencoder
from training.autoencoders.scoring_graph import ScoringGraph, scaled
from training.data.preprocessed import PreprocessedImages
from training.progress import Progress
from training.trainer.loop import train
from training.trainer.result import History
from training.trainer.targets import Share, TargetSource


def fit_graph(
    autoencoder: Autoencoder[Any],
    share: Share,
    source: TargetSource,
    normals: Sequence[PreprocessedImages],
    seed: int,
    progress: Progress,
) -> tuple[ScoringGraph, History]:
    """Train an autoencoder that has its statistics, from its first weights to the scoring graph that is exported.

    `normals` are those whose residuals it may learn: the more, and the more of them not trained on, the better.

    Raises:
        TrainingError: if the loss is no longer a number.
    """
    network, history = fit_network(autoencoder, share, source, seed, progress)
    progress.say("learning the residuals of normal images")
    autoencoder.finish(network, *normals)
    graph = ScoringGraph(autoencoder, network)
    return graph if autoencoder.gives_anomaly_map() else scaled(graph, share.fit_images), history


def fit_network(
    autoencoder: Autoencoder[Any], share: Share, source: TargetSource, seed: int, progress: Progress
) -> tuple[keras.Model, History]:
    """Train the network of an autoencoder that has its statistics; its residuals are not learnt yet.

    Raises:
        TrainingError: if the loss is no longer a number.
    """
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    network = autoencoder.build()
    return network, train(autoencoder, network, share, source, seed, progress)


def parameters_of(network: keras.Model) -> int:
    """How many numbers of a network are learnt by training."""
    return sum(math.prod(weight.shape) for weight in network.trainable_weights)
