"""EfficientNet-lite0, frozen: the default backbone, read without the framework it was trained in."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from training.autoencoders.components.backbones.pretrained_weights import Array, Weights
from training.backend.tensors import Tensor

MEAN, SCALE = 127.0, 128.0
"""Pixels in 0 to 255 enter as (pixel - MEAN) / SCALE, as in training."""


@dataclass(frozen=True, slots=True)
class Stage:
    """`repeats` inverted residual blocks; the first halves the grid if `stride` is 2."""

    repeats: int
    kernel: int
    stride: int
    expansion: int
    channels: int


STEM_CHANNELS, STEM_STRIDE = 32, 2
STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)
"""Stage n is STAGES[n - 1]; their strides against the image are `base.STRIDES`."""


def random_weights() -> Weights:
    """Untrained ones, always the same: He-normal kernels, normalisations that do nothing.

    They keep edges and textures apart by chance alone, and so detect much less. Source: He et al., "Delving Deep into
    Rectifiers", ICCV (2015).
    """
    random = np.random.default_rng(0)
    tensors: dict[str, Array] = {}
    for weight, norm, shape in _shapes():
        fan_in = int(np.prod(shape[1:]))
        tensors[f"{weight}.weight"] = random.normal(0.0, np.sqrt(2.0 / fan_in), shape).astype(np.float32)
        ones, zeros = np.ones(shape[0], np.float32), np.zeros(shape[0], np.float32)
        tensors |= {f"{norm}.weight": ones, f"{norm}.running_var": ones, f"{norm}.bias": zeros}
        tensors[f"{norm}.running_mean"] = zeros
    return Weights(tensors)


class EfficientNetLite0:
    """The seven stages of EfficientNet-lite0.

    Architecture: Tan & Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML (2019);
    the lite variants leave out squeeze-and-excitation and use ReLU6 (Liu, "Higher accuracy on vision models with
    EfficientNet-Lite", TensorFlow blog, 2020).
    """

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self.channels = tuple(stage.channels for stage in STAGES)

    def first(self, images: Tensor) -> Tensor:
        """As `base.Backbone`."""
        kernel, bias = self._weights.convolution("_conv_stem", "_bn0")
        if images.shape[-1] == 1:  # a mono image would be three times the same
            kernel = kernel.sum(axis=2, keepdims=True)
        pixels = images * (255.0 / SCALE) - MEAN / SCALE
        stem = tf.nn.relu6(tf.nn.conv2d(pixels, kernel, STEM_STRIDE, "SAME") + bias)
        return self._block(stem, "_blocks.0", STAGES[0].stride, STAGES[0].expansion)

    def following(self, first: Tensor, last: int = len(STAGES)) -> dict[int, Tensor]:
        """As `base.Backbone`."""
        x, found = first, {1: first}
        for stage, block, stride, expansion in _blocks():
            if 1 < stage <= last:
                x = found[stage] = self._block(x, f"_blocks.{block}", stride, expansion)
        return found

    def _block(self, x: Tensor, name: str, stride: int, expansion: int) -> Tensor:
        inner = x
        if expansion > 1:
            inner = tf.nn.relu6(self._convolve(inner, f"{name}._expand_conv", f"{name}._bn0"))
        kernel, bias = self._weights.convolution(f"{name}._depthwise_conv", f"{name}._bn1")
        inner = tf.nn.relu6(tf.nn.depthwise_conv2d(inner, kernel, [1, stride, stride, 1], "SAME") + bias)
        inner = self._convolve(inner, f"{name}._project_conv", f"{name}._bn2")
        return inner + x if inner.shape == x.shape else inner

    def _convolve(self, x: Tensor, weight: str, norm: str) -> Tensor:
        kernel, bias = self._weights.convolution(weight, norm)
        return tf.nn.conv2d(x, kernel, 1, "SAME") + bias


def _blocks() -> Iterator[tuple[int, int, int, int]]:
    """Stage, number, stride and expansion of each block in order."""
    block = 0
    for number, stage in enumerate(STAGES, start=1):
        for repeat in range(stage.repeats):
            yield number, block, stage.stride if repeat == 0 else 1, stage.expansion
            block += 1


def _shapes() -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """Name, normalisation and shape [out, in, height, width] of each convolution."""
    yield "_conv_stem", "_bn0", (STEM_CHANNELS, 3, 3, 3)
    channels = STEM_CHANNELS
    for number, block, _, expansion in _blocks():
        stage, name = STAGES[number - 1], f"_blocks.{block}"
        inner = channels * expansion
        if expansion > 1:
            yield f"{name}._expand_conv", f"{name}._bn0", (inner, channels, 1, 1)
        yield f"{name}._depthwise_conv", f"{name}._bn1", (inner, 1, stage.kernel, stage.kernel)
        yield f"{name}._project_conv", f"{name}._bn2", (stage.channels, inner, 1, 1)
        channels = stage.channels
