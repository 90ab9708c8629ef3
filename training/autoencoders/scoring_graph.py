"""The scoring graph: from uint8 images to score and anomaly map, the same for every autoencoder."""

import math
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from PIL import Image

from service.scoring.ignored import ignored_mask
from service.scoring.tiles import number_of_tiles
from training.autoencoders.base import Autoencoder
from training.backend.stitching import stitched
from training.backend.tensors import Tensor, normalised
from training.data.preprocessed import BATCH, PreprocessedImages

MAP_SIDE = 64
"""The anomaly map is pooled down to at most this side: no finer than what it is smoothed to anyway, and cheaper."""

TOP_SHARE = 0.01
"""The score is the mean of this share of the anomaly map: its most anomalous positions, but not a single pixel."""

MOST_IGNORED = 0.5
"""A position of which less is ignored is scored: what it shows of ignored areas is always the same."""

MARGIN = 0.05
"""Added to the scale of each position, in means over all of them: where normal parts are always alike, the tiniest
difference must not count as much as a clear one elsewhere."""


@dataclass(frozen=True)
class ScoringGraph:
    """The graph that is exported: normalise, reconstruct, error, smooth, scale, pool.

    The map is e(y, x) / (s(y, x) + margin · mean(s)), where e is the smoothed error and s its root mean square
    over the fit images: edges are always reproduced worse, by every part, and would drown a defect on a plain
    surface.
    """

    autoencoder: Autoencoder[Any]
    network: keras.Model
    scale: Tensor | None = None
    """float32 [h, w]; None counts every position alike."""

    def __call__(self, images: Tensor) -> dict[str, Tensor]:
        """uint8 [batch, height, width, channels] to `score` float32 [batch] and `anomaly_map` float32 [batch, h, w].

        An autoencoder with a latent gives that too: `code` float32 [batch, size]. Where images are scored in tiles it
        takes those of one image, and gives no latent.
        """
        return self.of_target(self.target(images))

    def of_target(self, target: Tensor) -> dict[str, Tensor]:
        """The same of what the autoencoder is to reproduce."""
        anomaly_map = stitched(self.smoothed_error(target), self.autoencoder.whole)
        if self.scale is not None:
            anomaly_map = anomaly_map * (1.0 / self.scale)
        scored = self._scored(anomaly_map)
        if scored is not None:
            anomaly_map = anomaly_map * tf.constant(scored)
        code = None if self.autoencoder.whole.tiles else self.autoencoder.encode(self.network, target)
        coded = {} if code is None else {"code": code}
        positions = None if scored is None else int(scored.sum())
        return {"score": top_mean(anomaly_map, positions), "anomaly_map": anomaly_map, **coded}

    def _scored(self, anomaly_map: Tensor) -> NDArray[np.float32] | None:
        """Float32 [h, w], 1 at the positions of a map that are scored and 0 elsewhere; None if all of them are."""
        ignored = self.autoencoder.whole.ignored
        if not ignored:
            return None
        height, width = anomaly_map.shape[1:3]
        share = Image.fromarray(ignored_mask(ignored).astype(np.float32)).resize((width, height), Image.Resampling.BOX)
        return (np.asarray(share) < MOST_IGNORED).astype(np.float32)

    def target(self, images: Tensor) -> Tensor:
        """What the autoencoder is to reproduce of uint8 images."""
        return self.autoencoder.target(normalised(images))

    def smoothed_error(self, target: Tensor) -> Tensor:
        """The autoencoder's error at the map's resolution, float32 [batch, h, w]."""
        error = _pooled(self.autoencoder.error(target, self.autoencoder.reconstruct(self.network, target)))
        return error if self.autoencoder.gives_anomaly_map() else _averaged(error)

    def reconstruction(self, images: Tensor) -> Tensor | None:
        """What the autoencoder makes of uint8 images, float32 like them in 0 to 1; None if it is no image."""
        if not self.autoencoder.gives_images:
            return None
        return self.autoencoder.reconstruct(self.network, self.target(images))

    def decoded(self, code: Tensor) -> Tensor | None:
        """Images of latents float32 [batch, size]: float32 [batch, h, w, channels] in 0 to 1; None if it gives none."""
        made = self.autoencoder.decode(self.network, code) if self.autoencoder.gives_images else None
        return None if made is None else tf.clip_by_value(made, 0.0, 1.0)


def scaled(graph: ScoringGraph, normals: PreprocessedImages) -> ScoringGraph:
    """The same graph with the scale of each position measured on normal images, or on all tiles of some."""
    whole = graph.autoencoder.whole
    run = graph.autoencoder.compiled(lambda target: {"error": graph.smoothed_error(target)})
    tiles = number_of_tiles(whole)
    squares = np.zeros(1)
    for first in range(0, len(normals), tiles * BATCH):
        errors = np.square(run(normals[first : first + tiles * BATCH])["error"], dtype=np.float64)
        squares = squares + errors.reshape(-1, tiles, *errors.shape[1:]).sum(axis=0)
    spread = np.sqrt(stitched(tf.constant(squares * (tiles / len(normals))), whole).numpy()[0])
    scale = spread + max(MARGIN * float(spread.mean()), float(np.finfo(np.float32).eps))
    return ScoringGraph(graph.autoencoder, graph.network, tf.constant(scale, tf.float32))


def _pooled(error: Tensor) -> Tensor:
    """Mean-pool an error [batch, h, w] to at most MAP_SIDE a side."""
    pool = max(1, math.ceil(max(error.shape[1:]) / MAP_SIDE))
    return tf.squeeze(tf.nn.avg_pool2d(error[..., tf.newaxis], pool, pool, "SAME"), -1) if pool > 1 else error


def _averaged(error: Tensor) -> Tensor:
    """Each position of an error [batch, h, w] averaged with its neighbours."""
    return tf.squeeze(tf.nn.avg_pool2d(error[..., tf.newaxis], 3, 1, "SAME"), -1)


def top_mean(anomaly_map: Tensor, scored: int | None = None) -> Tensor:
    """The mean of the highest TOP_SHARE of each map, float32 [batch, h, w] to [batch]; `scored` is of how many."""
    positions = anomaly_map.shape[1] * anomaly_map.shape[2]
    number = max(1, round(TOP_SHARE * (positions if scored is None else scored)))
    top = tf.math.top_k(tf.reshape(anomaly_map, [-1, positions]), k=number, sorted=False)
    return tf.reduce_mean(top.values, axis=1)
