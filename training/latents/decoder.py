"""Decoding latents to images: a bundle's decoder, and the latents to decode."""

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from service.scoring.bundle import Bundle
from training.backend.quiet import quiet
from training.errors import TrainingError
from training.latents.table import DECODER
from training.trainer.result import Latents

REACH = 2.5
"""Standard deviations of known latents that decoded ones span, to either side of their mean."""


class LatentDecoder:
    """A bundle's graph from latents to images, on the LiteRT runtime."""

    def __init__(self, bundle: Bundle) -> None:
        """Load the graph.

        Raises:
            TrainingError: if the bundle has none.
        """
        if DECODER not in bundle.manifest.files:
            raise TrainingError(
                f"expected a bundle that makes images of latents, found {bundle.id} of "
                f"{bundle.manifest.autoencoder.name} without {DECODER}; fit a pixel autoencoder with a latent, as vae"
            )
        self._run = Interpreter(model_content=(bundle.path / DECODER).read_bytes()).get_signature_runner()

    def images(self, latents: Latents) -> NDArray[np.uint8]:
        """Images of latents [n, size], uint8 [n, height, width, channels]; maybe smaller than the bundle's input."""
        with quiet():  # the first run writes to stderr which delegate it uses
            made = np.concatenate([self._run(code=latent)["image"] for latent in latents[:, np.newaxis]])
        return np.round(made * 255.0).astype(np.uint8)


def grid(latents: Latents, side: int) -> Latents:
    """`side` x `side` latents of two numbers, evenly over where the given ones lie; the second number grows upwards."""
    centre, spread = latents.mean(axis=0), latents.std(axis=0)
    steps = np.linspace(-REACH, REACH, side)
    x, y = np.meshgrid(centre[0] + steps * spread[0], centre[1] + steps[::-1] * spread[1])
    return np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float32)


def between(first: NDArray[np.float32], last: NDArray[np.float32], steps: int) -> Latents:
    """Latents on the straight line from one to another, both included."""
    share = np.linspace(0.0, 1.0, steps)[:, np.newaxis]
    return np.asarray((1.0 - share) * first + share * last, np.float32)
