import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.support.tiny_training import SPEC, tiny_parts
from training.autoencoders.components.losses import LOSSES, CrossEntropy, LossName, StructuralSimilarity
from training.autoencoders.conv import Conv, ConvOptions
from training.autoencoders.scoring_graph import ScoringGraph
from training.backend.delegation import check_delegation
from training.trainer.export import export, verify

NAMES: list[LossName] = ["mse", "bce", "ssim", "gradient", "perceptual"]

pytestmark = pytest.mark.filterwarnings(
    # keras 3.15 turns tensorflow 2.21 tensors into numpy 2 arrays in the old way
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)


def images(count: int = 2, defect: str | None = None) -> np.ndarray:
    return tiny_parts(count, defect=defect, side=64).astype(np.float32) / 255.0


@pytest.mark.parametrize("name", NAMES)
def test_an_exact_reconstruction_has_no_error_and_the_least_loss(name: LossName) -> None:
    measure, exact = LOSSES[name](), images()
    np.testing.assert_allclose(measure.error(exact, exact), 0.0, atol=1e-5)
    assert float(measure(exact, exact)) < float(measure(exact, np.clip(exact + 0.05, 0.0, 1.0)))


@pytest.mark.parametrize("name", NAMES)
def test_the_error_is_largest_where_the_reconstruction_differs(name: LossName) -> None:
    sound, scratched = images(1), images(1, "scratch")
    error = LOSSES[name]().error(scratched, sound)[0].numpy()
    assert error.shape == (64, 64)
    scratch = np.abs(scratched - sound)[0].max(axis=-1) > 0.1
    assert error[scratch].mean() > 5 * error[~scratch].mean()


@pytest.mark.parametrize("name", NAMES)
def test_its_slope_is_finite_even_where_nothing_is_to_be_seen(name: LossName) -> None:
    black, reconstruction = tf.zeros([1, 32, 32, 1]), tf.Variable(tf.zeros([1, 32, 32, 1]))
    with tf.GradientTape() as tape:
        loss = LOSSES[name]()(black, reconstruction)
    assert np.isfinite(tape.gradient(loss, reconstruction).numpy()).all()


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"bce"}))  # whose reconstructions lie within 0..1 by their layer
@pytest.mark.parametrize("far", [-1e4, 1e4])
def test_its_slope_leads_back_from_far_outside_what_images_can_be(name: LossName, far: float) -> None:
    image, reconstruction = images(1), tf.Variable(tf.fill([1, 64, 64, 3], far))
    with tf.GradientTape() as tape:
        loss = LOSSES[name]()(image, reconstruction)
    slope = tape.gradient(loss, reconstruction).numpy()
    assert np.all(np.sign(slope) == np.sign(far))


@pytest.mark.parametrize("name", NAMES)
def test_images_smaller_than_its_windows_can_be_compared(name: LossName) -> None:
    small = images(1)[:, :4, :6]
    np.testing.assert_allclose(LOSSES[name]().error(small, small), 0.0, atol=1e-5)


def test_similarity_is_that_of_tensorflow() -> None:
    x, y = images(1), images(1, "stain")
    published = tf.image.ssim(x, y, 1.0, return_index_map=True)  # leaves out a margin of 5 pixels
    own = 1.0 - StructuralSimilarity().error(x, y)[:, 5:-5, 5:-5]
    np.testing.assert_allclose(own, published, atol=1e-4)


def test_cross_entropy_is_that_of_keras() -> None:
    x, y = images(1), np.random.default_rng(0).uniform(0.01, 0.99, (1, 64, 64, 3)).astype(np.float32)
    expected = tf.reduce_mean(keras.losses.binary_crossentropy(x, y))
    assert float(CrossEntropy()(x, y)) == pytest.approx(float(expected), rel=1e-4)


def test_gradients_alone_do_not_hide_another_brightness() -> None:
    x = images(1)
    assert float(LOSSES["gradient"]()(x, x * 0.5)) > float(LOSSES["gradient"]()(x, x * 0.9)) > 0.0


@pytest.mark.parametrize("name", NAMES)
def test_litert_says_what_tensorflow_says_and_its_delegate_takes_what_it_knows(name: LossName) -> None:
    keras.utils.set_random_seed(1)
    autoencoder = Conv(ConvOptions(loss=name, width=4, widest=8), SPEC)
    graph = ScoringGraph(autoencoder, autoencoder.build())
    flatbuffer = export(graph)
    verify(flatbuffer, graph, tiny_parts(2))
    assert check_delegation(flatbuffer) == ""


def test_in_training_brightness_counts_as_much_as_gradients() -> None:
    x = tf.constant(np.random.default_rng(0).uniform(0.4, 0.6, (1, 16, 16, 3)), tf.float32)
    flat = tf.fill(x.shape, 0.5)
    squared = float(LOSSES["mse"]()(x, flat))
    gradient = LOSSES["gradient"]()
    assert float(tf.reduce_mean(gradient.error(x, flat))) > 50.0 * squared
    assert squared < float(gradient(x, flat)) < 3.0 * squared
