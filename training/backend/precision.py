"""In which numbers the exported graph computes."""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from training.backend.litert import Function

Run = Callable[[NDArray[np.uint8]], dict[str, NDArray[np.float32]]]
"""From images, uint8 [n, height, width, channels], to named outputs float32 [n, …]."""


class Arithmetic(Protocol):
    """What the autoencoder and the scoring graph learn from normal images, they learn by running what is exported."""

    def run(self, function: Function) -> Run:
        """A function of uint8 images, computed as in the graph that will hold it."""


class Float32:
    """TensorFlow's own."""

    def run(self, function: Function) -> Run:
        traced = tf.function(function, reduce_retracing=True)

        def run(images: NDArray[np.uint8]) -> dict[str, Any]:
            return {name: found.numpy() for name, found in traced(tf.constant(images)).items()}

        return run
