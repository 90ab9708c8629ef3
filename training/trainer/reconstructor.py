"""Reconstructing, restoring and decoding images with a trained autoencoder, for people; runs on TensorFlow."""

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from service.scoring.tiles import cut
from training.autoencoders.scoring_graph import ScoringGraph
from training.backend.stitching import stitched
from training.backend.tensors import Tensor
from training.trainer.result import Image, Latents


class GraphReconstructor:
    """The Reconstructor of a scoring graph's autoencoder."""

    def __init__(self, graph: ScoringGraph, seed: int) -> None:
        """`seed` decides how images are corrupted before they are restored."""
        self._graph = graph
        self._whole = graph.autoencoder.whole
        self._gives_images = graph.autoencoder.gives_images
        self._seed = tf.constant([seed, 0], tf.int64)

    def reconstruct(self, image: Image) -> Image | None:
        made = self._graph.reconstruction(tf.constant(cut(image, self._whole))) if self._gives_images else None
        return None if made is None else self._picture(made)

    def restore(self, image: Image) -> tuple[Image, Image] | None:
        if not self._gives_images:
            return None
        target = self._graph.target(tf.constant(cut(image, self._whole)))
        corrupted = self._graph.autoencoder.corrupt(target, self._seed)
        if bool(tf.reduce_all(tf.equal(corrupted, target))):
            return None
        return self._picture(corrupted), self._picture(self._graph.network(corrupted, training=False))

    def decode(self, latents: Latents) -> NDArray[np.uint8] | None:
        if not self._gives_images:
            return None
        made = self._graph.autoencoder.decode(self._graph.network, tf.constant(latents, tf.float32))
        return None if made is None else _pixels(made)

    def _picture(self, tiles: Tensor) -> Image:
        """One image, of its tiles in 0 to 1."""
        picture: Image = _pixels(stitched(tiles, self._whole))[0]
        return picture


def _pixels(images: Tensor) -> NDArray[np.uint8]:
    """Images in 0 to 1 as uint8."""
    return np.asarray(np.round(np.clip(images.numpy(), 0.0, 1.0) * 255.0), np.uint8)
