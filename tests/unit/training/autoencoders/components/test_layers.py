from typing import Any

import keras
import numpy as np
import pytest

from training.autoencoders.components.layers import (
    Blocks,
    Body,
    ConvBody,
    DenseBody,
    WithMean,
    WithoutMean,
    doubling_widths,
    halved,
    halving_widths,
)

SHAPE = (20, 24, 3)


def network_of(body: Body) -> keras.Model:
    pixels = keras.Input(SHAPE)
    return keras.Model(pixels, body.decode(body.code(body.encode(pixels), "code")))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (DenseBody(shape=SHAPE, widths=(16, 8), latent=5, blocks=Blocks()), (None, 5)),
        (ConvBody(shape=SHAPE, widths=(4, 8), latent=5, blocks=Blocks()), (None, 5, 6, 5)),
        (ConvBody(shape=SHAPE, widths=(4, 8), latent=5, blocks=Blocks(), is_vector=True), (None, 5)),
    ],
)
def test_a_body_gives_images_of_its_shape_back_from_a_code_of_its_size(body: Body, code: tuple[Any, ...]) -> None:
    network = network_of(body)
    assert network.output_shape == (None, *SHAPE)
    assert network.get_layer("code").output.shape == code


@pytest.mark.parametrize("bounded", [False, True])
def test_only_bounded_reconstructions_stay_within_black_and_white(bounded: bool) -> None:
    values = np.linspace(-30.0, 30.0, 7, dtype=np.float32)[np.newaxis]
    inputs = keras.Input((7,))
    found = keras.Model(inputs, Blocks(bounded=bounded).output(inputs)).predict(values, verbose=0)
    assert (found.min() >= 0.0 and found.max() <= 1.0) == bounded


def test_what_is_centred_comes_back_through_the_output() -> None:
    pixels = np.linspace(0.0, 1.0, 5, dtype=np.float32)[np.newaxis]
    inputs, blocks = keras.Input((5,)), Blocks()
    centred = blocks.centred(inputs)
    assert keras.Model(inputs, centred).predict(pixels, verbose=0).tolist() == [[-1.0, -0.5, 0.0, 0.5, 1.0]]
    np.testing.assert_allclose(keras.Model(inputs, blocks.output(centred)).predict(pixels, verbose=0), pixels)


def test_residual_blocks_add_two_layers_to_each() -> None:
    def kernels(residual: bool) -> int:
        body = DenseBody(shape=SHAPE, widths=(8,), latent=2, blocks=Blocks(residual=residual))
        return sum(isinstance(layer, keras.layers.Dense) for layer in network_of(body).layers)

    assert kernels(residual=True) == kernels(residual=False) + 2 * 2


def test_dropout_leaves_out_whole_maps_of_a_grid_and_single_features_else() -> None:
    grid, features, blocks = keras.Input((4, 4, 2)), keras.Input((6,)), Blocks(dropout=0.5)
    layers = [keras.Model(x, blocks.dropped(x)).layers[-1] for x in (grid, features)]
    assert [type(layer) for layer in layers] == [keras.layers.SpatialDropout2D, keras.layers.Dropout]
    assert Blocks().dropped(grid) is grid


def test_weights_are_held_small_only_if_an_option_asks_for_it() -> None:
    assert Blocks().decay() is None
    decay = Blocks(l1=0.5, l2=0.25).decay()
    assert decay is not None
    assert float(decay(keras.ops.array([2.0, -4.0]))) == pytest.approx(0.5 * 6 + 0.25 * 20)


def test_halving_rounds_up_as_strided_convolutions_do() -> None:
    assert halved((20, 25, 3), 3) == [(20, 25), (10, 13), (5, 7), (3, 4)]


def test_widths_double_up_to_the_widest_while_the_smaller_side_allows_it() -> None:
    assert doubling_widths((64, 128, 3), side=8, first=24, widest=64) == (24, 48, 64)
    assert doubling_widths((8, 8, 3), side=8, first=24, widest=64) == (24,), "at least once"


def test_widths_halve_down_to_the_code() -> None:
    assert halving_widths(256, 64) == (256, 128)
    assert halving_widths(0, 64) == ()


def test_the_mean_that_is_taken_away_is_that_of_all_batches_trained_on() -> None:
    layer, numbers = WithoutMean(), np.random.default_rng(0).normal(5.0, 1.0, (12, 3)).astype(np.float32)
    np.testing.assert_allclose(layer(numbers), numbers)
    for batch in np.split(numbers, 3):
        layer(batch, training=True)
    np.testing.assert_allclose(layer(numbers), numbers - numbers.mean(axis=0), atol=1e-5)


@pytest.mark.parametrize("bounded", [False, True])
def test_the_mean_comes_back_where_nothing_was_learnt(bounded: bool) -> None:
    taken, blocks = WithoutMean(), Blocks(bounded=bounded)
    pixels = np.random.default_rng(0).uniform(0.1, 0.9, (8, 5)).astype(np.float32)
    left = taken(blocks.centred(pixels), training=True)
    made = np.asarray(blocks.output(WithMean(taken, bounded)(np.zeros_like(left))))
    np.testing.assert_allclose(made, np.broadcast_to(pixels.mean(axis=0), made.shape), atol=1e-5)


@pytest.mark.parametrize("activation", ["leaky_relu", "tanh", "sigmoid"])
def test_what_images_differ_in_passes_through_untrained_layers(activation: str) -> None:
    keras.utils.set_random_seed(0)
    blocks = Blocks(activation=activation)
    x = pixels = keras.Input((64,))
    for _ in range(3):
        x = blocks.hidden(x, 64)
    found = np.asarray(keras.Model(pixels, x)(np.random.default_rng(0).normal(size=(32, 64))))
    assert found.std(axis=0).mean() > 0.1  # sigmoids with the first weights of others: 0.01


@pytest.mark.parametrize("shape", [(8,), (4, 4, 8)])
def test_a_residual_block_adds_nothing_until_it_is_trained(shape: tuple[int, ...]) -> None:
    blocks = Blocks(residual=True)
    pixels = keras.Input(shape)
    block = keras.Model(pixels, blocks.convolve(pixels, 8) if len(shape) > 1 else blocks.hidden(pixels, 8))
    add = next(layer for layer in block.layers if isinstance(layer, keras.layers.Add))
    images = np.random.default_rng(0).normal(size=(2, *shape))
    before, after = keras.Model(pixels, [add.input[0], add.output])(images)
    np.testing.assert_array_equal(np.asarray(before), np.asarray(after))
    assert len({id(layer) for layer in block.layers if layer.count_params()}) == 3
