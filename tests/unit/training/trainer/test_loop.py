import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.support.tiny_training import SPEC, fit_tiny, tiny_parts
from training.autoencoders.base import Autoencoder, AutoencoderOptions
from training.backend.tensors import Tensor

pytestmark = pytest.mark.filterwarnings(
    # keras 3.15 turns tensorflow 2.21 tensors into numpy 2 arrays in the old way
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)


class Scale(Autoencoder[AutoencoderOptions]):
    """One weight; what it is shown in training is half as bright."""

    def build(self) -> keras.Model:
        pixels = keras.Input((self.spec.height, self.spec.width, self.spec.channels))
        return keras.Model(pixels, keras.layers.Dense(3, use_bias=False, kernel_initializer="identity")(pixels))

    def corrupt(self, target: Tensor, seed: Tensor) -> Tensor:
        return 0.5 * target + 0.0 * tf.cast(seed[0], tf.float32)


def test_validation_sees_what_training_sees() -> None:
    parts = tiny_parts(4)
    options = AutoencoderOptions(epochs=1, steps=1, batch_size=4, learning_rate=1e-9, augment=False)
    _, history = fit_tiny(Scale(options, SPEC), parts)
    halved = float(np.square(parts / 255.0 / 2.0).mean())
    assert history.validation_loss[0] == pytest.approx(halved, rel=1e-3)
    assert history.loss[0] == pytest.approx(halved, rel=1e-3)
