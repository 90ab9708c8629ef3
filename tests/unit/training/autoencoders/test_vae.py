import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.support.tiny_training import SPEC, tiny_parts
from training.autoencoders.base import CODE
from training.autoencoders.vae import Sampling, Vae, VaeOptions

pytestmark = pytest.mark.filterwarnings(
    # keras 3.15 turns tensorflow 2.21 tensors into numpy 2 arrays in the old way
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)


def test_the_code_is_drawn_in_training_and_its_mean_otherwise() -> None:
    keras.utils.set_random_seed(0)
    layer = Sampling(1.0, CODE)
    mean, log_variance = tf.fill([2000, 2], 3.0), tf.fill([2000, 2], float(np.log(0.25)))
    drawn = layer([mean, log_variance], training=True).numpy()
    assert drawn.mean() == pytest.approx(3.0, abs=0.05)
    assert drawn.std() == pytest.approx(0.5, abs=0.05)
    np.testing.assert_array_equal(layer([mean, log_variance], training=False), mean)


def test_the_loss_gains_the_divergence_from_a_standard_normal() -> None:
    layer = Sampling(0.5, CODE)
    layer([tf.constant([[1.0, -2.0]]), tf.constant([[0.0, 1.0]])])
    expected = 0.5 * 0.5 * ((1 + 1 - 0 - 1) + (4 + np.e - 1 - 1))
    assert float(layer.losses[0]) == pytest.approx(expected, rel=1e-6)


def test_images_can_be_decoded_from_any_code() -> None:
    vae = Vae(VaeOptions(latent=2, width=4, widest=8), SPEC)
    network = vae.build()
    pixels = tf.constant(tiny_parts(3), tf.float32) / 255.0
    code = vae.encode(network, pixels)
    assert code is not None
    assert code.shape == (3, 2)
    decoded = vae.decode(network, code)
    assert decoded is not None
    np.testing.assert_allclose(decoded, vae.reconstruct(network, pixels), atol=1e-6)
