"""New parts that look like normal ones: latents drawn at random, and the images that they decode to."""

import numpy as np
from numpy.typing import NDArray

from service.scoring.bundle import Bundle
from training.errors import TrainingError
from training.latents.decoder import LatentDecoder
from training.pictures.restorer import OF_FEATURES
from training.trainer.result import Latents

DRAWS = "vae"
"""The autoencoder whose latents are kept near a normal distribution, so that one drawn from it is a part's."""


def check_draws(bundle: Bundle) -> None:
    """Raises: TrainingError: if latents drawn at random are no parts to this bundle's autoencoder."""
    info = bundle.manifest.autoencoder
    if info.name == DRAWS and info.code_size is not None:
        return
    why = (
        "reproduces features, not pixels, and has no picture"
        if info.name == OF_FEATURES
        else "has no latent of a whole image to draw"
        if info.code_size is None
        else "keeps its latents near no known distribution, and one drawn at random would be no part"
    )
    raise TrainingError(
        f"expected a bundle of {DRAWS} to draw new parts, found {bundle.id} of {info.name}, which {why}; "
        f"fit --autoencoder {DRAWS}, without tiles"
    )


def generate(bundle: Bundle, known: Latents, count: int, seed: int) -> NDArray[np.uint8]:
    """Draw images of new parts, uint8 [count, height, width, channels]; the same seed draws the same.

    Args:
        bundle: of `vae`.
        known: latents of normal parts, [n, size].
        count: how many.
        seed: decides all that is random.

    Raises:
        TrainingError: if latents drawn at random are no parts to its autoencoder.
    """
    check_draws(bundle)
    return LatentDecoder(bundle).images(drawn(known, count, seed))


def drawn(known: Latents, count: int, seed: int) -> Latents:
    """Latents from the normal distribution with the mean and the covariance of the known ones.

    A random sum of their differences from the mean has their covariance, which a long latent has no room for.
    """
    centre = known.mean(axis=0)
    weights = np.random.default_rng(seed).standard_normal((count, len(known)))
    return np.asarray(centre + weights @ (known - centre) / np.sqrt(max(1, len(known) - 1)), np.float32)
