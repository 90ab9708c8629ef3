"""What training leaves behind; needs no TensorFlow itself."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.scoring.manifest import AutoencoderInfo

Reconstruct = Callable[[NDArray[np.uint8]], NDArray[np.uint8] | None]
"""uint8 [height, width, channels] to the same, or None from an autoencoder whose reconstruction is no image."""


@dataclass(frozen=True, slots=True)
class History:
    """The losses of each round; the weights kept are those of round `best` (from 0)."""

    loss: tuple[float, ...]
    validation_loss: tuple[float, ...]

    @property
    def best(self) -> int:
        return min(range(len(self.validation_loss)), key=self.validation_loss.__getitem__)


@dataclass(frozen=True, slots=True)
class Learned:
    """The exported graph, how training went, and a way to look at reconstructions."""

    graph: bytes
    history: History
    info: AutoencoderInfo
    reconstruct: Reconstruct
