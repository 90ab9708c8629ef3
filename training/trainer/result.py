"""Result types of a training run. Importable without TensorFlow."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from training.statistics.map_worth import MapWorth

Image = NDArray[np.uint8]
"""Preprocessed, uint8 [height, width, channels]."""

Latents = NDArray[np.float32]
"""One row for each image, float32 [n, size]."""


class Reconstructor(Protocol):
    """Images from a trained autoencoder, for people; None where there are none."""

    def reconstruct(self, image: Image) -> Image | None:
        """What it makes of an image; None if that is no image."""

    def restore(self, image: Image) -> tuple[Image, Image] | None:
        """The image as it is corrupted in training, and what it makes of that; None if nothing is corrupted."""

    def decode(self, latents: Latents) -> NDArray[np.uint8] | None:
        """What it makes of latents, uint8 [n, height, width, channels]; None if that is no image."""


@dataclass(frozen=True, slots=True)
class History:
    """The losses of each epoch; the weights kept are those of epoch `best` (from 0)."""

    loss: tuple[float, ...]
    validation_loss: tuple[float, ...]

    @property
    def best(self) -> int:
        return min(range(len(self.validation_loss)), key=self.validation_loss.__getitem__)


@dataclass(frozen=True, slots=True)
class MapPrices:
    """What each anomaly map takes of a graph's time, on one thread of the machine that exported it."""

    worths: tuple[MapWorth, ...]
    """In the order in which they are added."""
    ms_before: float
    """Of all that comes before the first map: backbone and autoencoder."""
    ms_after: tuple[float, ...]
    """Of that and the maps up to each."""
    ms_graph: float
    """Of the whole graph."""

    def own_ms(self) -> list[float]:
        """Of each map alone: what the graph takes longer with it. Noise never makes it negative."""
        return [max(0.0, after - before) for before, after in pairwise((self.ms_before, *self.ms_after))]


@dataclass(frozen=True, slots=True)
class Trained:
    """The exported graph, the losses, and the reconstructor of what was learnt."""

    graph: bytes
    decoder: bytes | None
    """The graph from latents to images; None where latents alone give no image."""
    reconstruction: bytes | None
    """The graph from images to what is made of them; None where the decoder gives it, or it is no image."""
    history: History
    parameters: int
    code_size: int | None
    """Numbers in the latent of an image; None where there is no single latent that all passes through."""
    reconstructor: Reconstructor
    kernel_spread: float
    """How far a score is from that of other kernels, relative to it."""
    map_prices: MapPrices | None
    """None where the autoencoder has no maps whose worth is known."""
    follows: float
    """The correlation of reconstructions with their images, see `training.trainer.learnt.follows`."""
    folds: tuple[bytes, ...] = ()
    """The graph of each fold, which has not learnt the images that it scores; none where all are put aside."""
    wider: bytes | None = None
    """The graph with two folds put aside."""
