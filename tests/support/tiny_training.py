"""Images and training tiny enough for a unit test of an autoencoder."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from service.scoring.input_spec import InputSpec
from service.scoring.manifest import Precision
from tests.support.drawn_parts import draw_part
from training.autoencoders.base import Autoencoder
from training.autoencoders.registry import checked_options, find
from training.progress import Progress
from training.trainer.loop import train
from training.trainer.result import History
from training.trainer.targets import Share, targets_of

SIDE = 32
SPEC = InputSpec(height=SIDE, width=SIDE, channels=3)
QUIET = Progress(Console(quiet=True))


def tiny_parts(count: int, first: int = 0, defect: str | None = None, side: int = SIDE) -> NDArray[np.uint8]:
    """Parts as of tests.support.drawn_parts, uint8 [count, side, side, 3]; `first` is the first one's seed."""
    return np.stack([draw_part(first + i, defect, side=side) for i in range(count)])


def autoencoder_of(name: str, options: Mapping[str, Any], precision: Precision = "float32") -> Autoencoder[Any]:
    """The named autoencoder, built as a fit builds it, for images of SPEC."""
    return find(name)(checked_options(name, dict(options)), SPEC, precision)


def fit_tiny(autoencoder: Autoencoder[Any], pixels: NDArray[np.uint8], seed: int = 0) -> tuple[keras.Model, History]:
    """Train an autoencoder's network really, from the seed alone."""
    keras.utils.set_random_seed(seed)
    autoencoder.fit_statistics(pixels)
    network = autoencoder.build()
    share = share_of(pixels, pixels)
    with targets_of(autoencoder, share.images, seed, QUIET) as targets:
        return network, train(autoencoder, network, share, targets, seed, QUIET)


def share_of(fit: NDArray[np.uint8], validation: NDArray[np.uint8]) -> Share:
    """All of these images."""
    numbers = np.split(np.arange(len(fit) + len(validation)), [len(fit)])
    return Share(np.concatenate([fit, validation]), *numbers)
