"""The frozen network as a LiteRT graph: what TensorFlow computes, in int8 nearly so, and the same every time."""

import numpy as np
import tensorflow as tf

from tests.support.tiny_training import SPEC, tiny_parts
from training.autoencoders.components.backbones.base import all_stages
from training.autoencoders.components.backbones.factory import load_backbone
from training.autoencoders.components.backbones.frozen_features import FrozenFeatures
from training.autoencoders.components.grids import pooled
from training.backend.delegation import left_to_litert

GRID = 16


def test_in_float32_it_gives_the_stages_of_the_network_on_the_grid() -> None:
    images, backbone = tiny_parts(3), load_backbone("random")
    frozen = FrozenFeatures.of(backbone, SPEC, (3, 4, 6), GRID)
    expected = all_stages(backbone, tf.constant(images, tf.float32) / 255.0)
    for found, features in zip(frozen(images), (pooled(expected[3], 2), expected[4], expected[6]), strict=True):
        np.testing.assert_allclose(found, features, rtol=1e-3, atol=1e-4)
    assert [tuple(each.shape) for each in frozen.gives()] == [(1, *shape) for shape in frozen.shapes]


def test_int8_differs_by_rounding_alone_and_gives_the_same_every_time() -> None:
    images, backbone = tiny_parts(40), load_backbone("random")
    exact, rounded = (FrozenFeatures.of(backbone, SPEC, (4, 5), GRID, some) for some in (None, images))
    for found, expected in zip(rounded(images[:8]), exact(images[:8]), strict=True):
        away = float(np.linalg.norm(found - expected) / np.linalg.norm(expected))
        assert 0.001 < away < 0.2
    again = FrozenFeatures.of(backbone, SPEC, (4, 5), GRID, images)
    np.testing.assert_array_equal(again(images[:2])[0], rounded(images[:2])[0])
    assert len(rounded.graph) < 0.5 * len(exact.graph)


def test_the_delegate_takes_all_but_the_cast_of_the_pixels_in_int8_and_where_stages_are_pooled() -> None:
    frozen = FrozenFeatures.of(load_backbone("random"), SPEC, (2, 3, 4, 7), GRID, tiny_parts(4))
    assert [each.kind for each in left_to_litert(frozen.graph) or []] == ["CAST"]
