"""Looking at what a trained autoencoder does to images; runs on TensorFlow."""

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from training.autoencoders.scoring_graph import ScoringGraph
from training.backend.tensors import Tensor
from training.trainer.result import Image, Latents


class GraphReconstructor:
    """The views of a scoring graph's autoencoder; see `training.trainer.result.Views`."""

    def __init__(self, graph: ScoringGraph, seed: int) -> None:
        self._graph = graph
        self._seed = tf.constant([seed, 0], tf.int64)

    def reconstruct(self, image: Image) -> Image | None:
        return _only(_pixels(self._graph.reconstruction(tf.constant(image[np.newaxis]))))

    def restore(self, image: Image) -> tuple[Image, Image] | None:
        autoencoder, target = self._graph.autoencoder, self._graph.target(tf.constant(image[np.newaxis]))
        corrupted = autoencoder.corrupt(target, self._seed)
        if bool(tf.reduce_all(tf.equal(corrupted, target))):
            return None
        seen = _only(_pixels(autoencoder.picture(corrupted)))
        made = _only(_pixels(autoencoder.picture(self._graph.network(corrupted, training=False))))
        return None if seen is None or made is None else (seen, made)

    def decode(self, codes: Latents) -> NDArray[np.uint8] | None:
        made = self._graph.autoencoder.decode(self._graph.network, tf.constant(codes, tf.float32))
        return None if made is None else _pixels(self._graph.autoencoder.picture(made))


def _pixels(made: Tensor | None) -> NDArray[np.uint8] | None:
    """Images in 0 to 1 as uint8."""
    return None if made is None else np.round(np.clip(made.numpy(), 0.0, 1.0) * 255.0).astype(np.uint8)


def _only(images: NDArray[np.uint8] | None) -> Image | None:
    return None if images is None else images[0]
