import numpy as np
import tensorflow as tf

from training.autoencoders.components.grids import pooled, resized, resized_maps


def test_features_are_averaged_over_their_positions_or_stay_as_they_are() -> None:
    features = tf.reshape(tf.range(16.0), [1, 4, 4, 1])
    np.testing.assert_allclose(pooled(features, 2)[0, :, :, 0], [[2.5, 4.5], [10.5, 12.5]])
    assert pooled(features, 1) is features
    assert pooled(features, 0) is features


def test_maps_are_enlarged_as_features_are() -> None:
    features = tf.random.normal([2, 3, 3, 1], seed=1)
    np.testing.assert_array_equal(resized_maps(features[..., 0], (6, 6)), resized(features, (6, 6))[..., 0])
    assert resized(features, (3, 3)) is features
