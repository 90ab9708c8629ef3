import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.support.tiny_training import SIDE, SPEC, fit_tiny, tiny_parts
from training.autoencoders.unet import HIDDEN, Unet, UnetOptions

pytestmark = pytest.mark.filterwarnings(
    # keras 3.15 turns tensorflow 2.21 tensors into numpy 2 arrays in the old way
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)

SMALL = {"width": 4, "widest": 8, "cell": 4}


def unet(**options: float) -> Unet:
    return Unet(UnetOptions.model_validate(SMALL | options), SPEC)


def identity() -> keras.Model:
    pixels = keras.Input((SIDE, SIDE, 3))
    return keras.Model(pixels, keras.layers.Activation("linear")(pixels))


@pytest.mark.parametrize("passes", [2, 3, 4, 5])
def test_the_passes_hide_disjoint_cells_that_cover_the_image(passes: int) -> None:
    masks = unet(passes=passes).masks()
    assert masks.shape == (passes, SIDE, SIDE, 1)
    np.testing.assert_array_equal(masks.sum(axis=0), 1.0)
    assert masks.mean(axis=(1, 2, 3)).min() > 0.5 / passes


def test_a_network_that_copies_shows_only_what_was_hidden() -> None:
    pixels = tf.constant(tiny_parts(2), tf.float32) / 255.0
    np.testing.assert_array_equal(unet().reconstruct(identity(), pixels), HIDDEN)


def test_what_a_position_becomes_does_not_depend_on_what_was_there() -> None:
    keras.utils.set_random_seed(0)
    autoencoder = unet()
    network = autoencoder.build()
    plain = np.full((1, SIDE, SIDE, 3), 0.5, np.float32)
    spotted = plain.copy()
    spotted[:, 8:12, 8:12] = 1.0  # one cell
    before, after = (autoencoder.reconstruct(network, tf.constant(each)).numpy() for each in (plain, spotted))
    np.testing.assert_allclose(after[:, 8:12, 8:12], before[:, 8:12, 8:12], atol=1e-6)
    assert np.abs(after - before).max() > 1e-3  # its neighbours do see it


def test_training_hides_one_part_in_passes_elsewhere_for_each_image() -> None:
    images = tf.constant(tiny_parts(8), tf.float32) / 255.0
    hidden = unet(passes=4).corrupt(images, tf.constant([0, 1], tf.int64)).numpy() == HIDDEN
    assert hidden.mean() == pytest.approx(0.25, abs=0.03)
    assert len({each.tobytes() for each in hidden}) > 4


def test_the_critic_learns_with_the_network_but_is_not_in_the_loss() -> None:
    keras.utils.set_random_seed(0)
    autoencoder = unet(adversarial=0.01, epochs=1, steps=5, batch_size=4)
    network = autoencoder.build()
    assert autoencoder.critic is not None
    untrained = [each.copy() for each in network.get_weights()]
    pixels = tf.constant(tiny_parts(4), tf.float32) / 255.0
    assert float(autoencoder.loss(pixels, pixels)) == 0.0
    critic_weights = {id(each) for each in autoencoder.critic.trainable_weights}
    assert critic_weights <= {id(each) for each in network.trainable_weights}
    trained, _ = fit_tiny(autoencoder, tiny_parts(8))
    moved = [not np.array_equal(a, b) for a, b in zip(trained.get_weights(), untrained, strict=True)]
    assert all(moved)


def test_the_critic_pulls_the_network_the_other_way() -> None:
    keras.utils.set_random_seed(0)
    autoencoder = unet(adversarial=0.5)
    autoencoder.build()
    real = tf.constant(tiny_parts(1), tf.float32) / 255.0
    made = tf.Variable(real * 0.5)
    assert autoencoder.critic is not None
    with tf.GradientTape(persistent=True) as tape:
        played = autoencoder.loss(real, made) - tf.reduce_mean(tf.square(real - made))
        told = tf.reduce_mean(tf.nn.softplus(autoencoder.critic(made)))
    pull, slope = (tape.gradient(each, made).numpy() for each in (played, told))
    np.testing.assert_allclose(pull, -0.5 * slope, atol=1e-6)
