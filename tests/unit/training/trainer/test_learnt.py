from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.support.tiny_training import SIDE, autoencoder_of, tiny_parts
from training.autoencoders.scoring_graph import ScoringGraph
from training.backend.tensors import Tensor
from training.trainer.learnt import follows


def graph_that(reconstructs: Callable[[Tensor], Tensor]) -> ScoringGraph:
    pixels = keras.Input((SIDE, SIDE, 3))
    return ScoringGraph(autoencoder_of("conv", {}), keras.Model(pixels, keras.layers.Lambda(reconstructs)(pixels)))


@pytest.mark.parametrize("count", [3, 40])
def test_a_copy_follows_its_images_and_so_does_one_that_is_off_alike_everywhere(count: int) -> None:
    parts = tiny_parts(count)
    assert follows(graph_that(lambda images: images), parts, 0) == pytest.approx(1.0)
    assert follows(graph_that(lambda images: 0.1 * images - 3.0), parts, 0) == pytest.approx(1.0)


def test_the_mean_image_follows_nothing() -> None:
    parts = tiny_parts(20)
    mean = tf.constant(parts.mean(axis=0, keepdims=True) / 255.0, tf.float32)
    assert follows(graph_that(lambda images: tf.zeros_like(images) + mean), parts, 0) == pytest.approx(0.0, abs=1e-6)


def test_images_upside_down_are_not_followed() -> None:
    assert follows(graph_that(lambda images: 1.0 - images), tiny_parts(20), 0) == pytest.approx(-1.0)


def test_what_is_no_number_stays_none() -> None:
    assert np.isnan(follows(graph_that(lambda images: images * np.nan), tiny_parts(3), 0))


def test_identical_parts_are_told_apart_by_shift_and_light() -> None:
    same: Any = np.repeat(tiny_parts(1), 5, axis=0)
    assert follows(graph_that(lambda images: images), same, 0) == pytest.approx(1.0)


def test_one_that_has_diverged_follows_nothing_though_it_points_the_right_way() -> None:
    assert follows(graph_that(lambda images: 1e13 * images), tiny_parts(20), 0) == 0.0
