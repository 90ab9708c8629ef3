import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.support.tiny_training import SIDE, SPEC, autoencoder_of, fit_tiny
from training.autoencoders.contractive import Contractive, ContractiveCode, ContractiveOptions
from training.autoencoders.scoring_graph import ScoringGraph
from training.trainer.learnt import follows


def test_the_penalty_is_the_jacobians_squared_frobenius_norm() -> None:
    keras.utils.set_random_seed(0)
    layer = ContractiveCode(units=4, weight=0.5)
    x = tf.random.stateless_uniform([3, 6], [1, 2], -1.0, 1.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        code = layer(x)
    jacobian = tape.batch_jacobian(code, x).numpy()
    norms = np.square(jacobian).sum(axis=(1, 2))
    np.testing.assert_allclose(layer.squared_norm(code), norms, rtol=1e-5)
    assert float(layer.losses[0]) == pytest.approx(0.5 * norms.mean(), rel=1e-5)


def test_decay_holds_the_codes_kernel_small_as_well() -> None:
    options = ContractiveOptions(latent=4, contraction=0.0, l2=0.1)
    network = Contractive(options, SPEC).build()
    kernels = [weight for weight in network.trainable_weights if weight.name == "kernel"]
    network(tf.zeros([1, *network.input_shape[1:]]))
    expected = 0.1 * sum(float(tf.reduce_sum(tf.square(kernel))) for kernel in kernels)
    assert len(kernels) == 2
    assert float(tf.add_n(network.losses)) == pytest.approx(expected, rel=1e-4)


def test_what_a_bright_background_adds_to_every_unit_does_not_keep_it_from_learning() -> None:
    places = np.random.default_rng(0).integers(4, SIDE - 12, (48, 2))
    bright = np.full((48, SIDE, SIDE, 3), 240, np.uint8)
    for image, (y, x) in zip(bright, places, strict=True):
        image[y : y + 8, x : x + 8] = 60
    autoencoder = autoencoder_of("contractive", {"epochs": 15, "steps": 20})
    network, _ = fit_tiny(autoencoder, bright[:32])
    assert follows(ScoringGraph(autoencoder, network), bright[32:], 0) > 0.3
