"""How far scores are apart between kernels."""

from collections.abc import Iterator

import numpy as np
import pytest
import tensorflow as tf

from training.backend import kernel_spread as module
from training.backend.kernel_spread import kernel_spread
from training.backend.litert import convert

IMAGES = np.random.default_rng(1).integers(0, 256, (4, 16, 16, 3), np.uint8)


def test_kernels_in_float32_agree() -> None:
    kernel = np.random.default_rng(0).normal(size=(3, 3, 3, 16)).astype(np.float32)
    exact = convert(
        lambda images: {
            "score": tf.reduce_mean(tf.nn.conv2d(tf.cast(images, tf.float32), kernel, 1, "SAME"), [1, 2, 3])
        },
        tf.TensorSpec([1, 16, 16, 3], tf.uint8, name="images"),
    )
    assert kernel_spread(exact, IMAGES) < 1e-4


def test_the_largest_difference_of_any_image_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    scores: Iterator[list[float]] = iter([[2.0, 4.0], [2.0, 4.04], [1.9, 4.0]])
    monkeypatch.setattr(module, "_scores", lambda *_: next(scores))
    assert kernel_spread(b"", IMAGES) == pytest.approx(0.05)
