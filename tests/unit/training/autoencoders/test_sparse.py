from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tests.support.tiny_training import SPEC, fit_tiny, tiny_parts
from training.autoencoders.sparse import Sparse, SparseOptions, SparsityPenalty

pytestmark = pytest.mark.filterwarnings(
    # keras 3.15 turns tensorflow 2.21 tensors into numpy 2 arrays in the old way
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)


def code_after_training(**options: Any) -> np.ndarray:
    made = SparseOptions.model_validate(
        {"network": "dense", "finest": 16, "epochs": 6, "steps": 10, "batch_size": 8} | options
    )
    autoencoder, parts = Sparse(made, SPEC), tiny_parts(16)
    network, _ = fit_tiny(autoencoder, parts)
    code = autoencoder.encode(network, autoencoder.target(tf.constant(parts, tf.float32) / 255.0))
    assert code is not None
    found: np.ndarray = code.numpy()
    return found


def test_a_larger_weight_leaves_less_of_the_code_in_use() -> None:
    little, much = (code_after_training(sparsity_weight=weight) for weight in (1e-6, 0.1))
    assert np.abs(much).mean() < 0.2 * np.abs(little).mean()


def test_kl_brings_the_mean_of_each_number_to_what_is_wanted() -> None:
    found = code_after_training(sparsity="kl", active=0.1, sparsity_weight=10.0, epochs=20)
    assert found.mean() == pytest.approx(0.1, abs=0.05)


def test_kl_is_the_divergence_of_two_coins() -> None:
    layer = SparsityPenalty(SparseOptions(sparsity="kl", active=0.2, sparsity_weight=1.0))
    layer(tf.fill([5, 3], 0.5))
    expected = 0.2 * np.log(0.2 / 0.5) + 0.8 * np.log(0.8 / 0.5)
    assert float(layer.losses[0]) == pytest.approx(expected, rel=1e-5)
