"""Result types of a training run. Importable without TensorFlow."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""Preprocessed, uint8 [height, width, channels]."""

Latents = NDArray[np.float32]
"""One row for each image, float32 [n, size]."""


class Reconstructor(Protocol):
    """What people may look at of a trained autoencoder; None from one that has no such thing."""

    def reconstruct(self, image: Image) -> Image | None:
        """What it makes of an image; None if that is no image."""

    def restore(self, image: Image) -> tuple[Image, Image] | None:
        """The image as it is corrupted in training, and what it makes of that; None if nothing is corrupted."""

    def decode(self, codes: Latents) -> NDArray[np.uint8] | None:
        """What it makes of codes, uint8 [n, height, width, channels]; None if that is no image."""


@dataclass(frozen=True, slots=True)
class History:
    """The losses of each round; the weights kept are those of round `best` (from 0)."""

    loss: tuple[float, ...]
    validation_loss: tuple[float, ...]

    @property
    def best(self) -> int:
        return min(range(len(self.validation_loss)), key=self.validation_loss.__getitem__)


@dataclass(frozen=True, slots=True)
class Trained:
    """The exported graph, how training went, and ways to look at what was learnt."""

    graph: bytes
    decoder: bytes | None
    """The graph from codes to images; None where codes alone give no image."""
    history: History
    parameters: int
    code_size: int | None
    """Numbers in the code of an image; None where there is no single code that all passes through."""
    reconstructor: Reconstructor
