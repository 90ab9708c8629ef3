"""Losses of image reconstructions: one number to train with, and the error of each position for the map."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

import numpy as np
import tensorflow as tf

from training.autoencoders.components.backbones.base import all_stages
from training.autoencoders.components.backbones.factory import load_backbone
from training.backend.tensors import Tensor

LossName = Literal["mse", "bce", "ssim", "gradient", "perceptual"]

EPSILON = 1e-7
"""Keeps logarithms and roots, and their slopes, finite."""


class ImageLoss(ABC):
    """Compares images, float32 [batch, height, width, channels] in 0..1, with their reconstructions."""

    @abstractmethod
    def error(self, target: Tensor, reconstruction: Tensor) -> Tensor:
        """The error of each position, float32 [batch, height, width]; 0 where the reconstruction is exact."""

    def __call__(self, target: Tensor, reconstruction: Tensor) -> Tensor:
        """The loss in training, a scalar: the mean of `error`, unless overridden."""
        return tf.reduce_mean(self.error(target, reconstruction))


class SquaredError(ImageLoss):
    """(x - y)^2, mean over channels."""

    def error(self, target: Tensor, reconstruction: Tensor) -> Tensor:
        return tf.reduce_mean(tf.square(target - reconstruction), axis=-1)


class CrossEntropy(ImageLoss):
    """-x log y - (1 - x) log(1 - y), mean over channels; grey values are read as probabilities of white.

    The cross-entropy of a grey pixel with itself is its entropy, not 0: `error` is without it (the
    Kullback-Leibler divergence), or a grey part would be more anomalous than a black one however well reproduced.
    """

    def error(self, target: Tensor, reconstruction: Tensor) -> Tensor:
        return tf.reduce_mean(_cross_entropy(target, reconstruction) - _cross_entropy(target, target), axis=-1)

    def __call__(self, target: Tensor, reconstruction: Tensor) -> Tensor:
        return tf.reduce_mean(_cross_entropy(target, reconstruction))


class StructuralSimilarity(ImageLoss):
    """1 - SSIM, which compares brightness, contrast and structure in a window around each position; mean over channels.

    Wang, Bovik, Sheikh & Simoncelli, "Image Quality Assessment", IEEE TIP (2004), with its gaussian window of
    11 x 11. For defects: Bergmann et al., "Improving Unsupervised Defect Segmentation by Applying Structural
    Similarity to Autoencoders", VISIGRAPP (2019).

    It compares images in 0..1. Far outside it is 0 whatever the image, without a slope that leads back, so the loss in
    training adds the mean square of how far reconstructions lie outside.
    """

    def __call__(self, target: Tensor, reconstruction: Tensor) -> Tensor:
        outside = reconstruction - tf.clip_by_value(reconstruction, 0.0, 1.0)
        return super().__call__(target, reconstruction) + tf.reduce_mean(tf.square(outside))

    def error(self, target: Tensor, reconstruction: Tensor) -> Tensor:
        mean_x, mean_y = _blur(target), _blur(reconstruction)
        variance_x = _blur(tf.square(target)) - tf.square(mean_x)
        variance_y = _blur(tf.square(reconstruction)) - tf.square(mean_y)
        covariance = _blur(target * reconstruction) - mean_x * mean_y
        brightness, contrast = 0.01**2, 0.03**2
        similarity = (2.0 * mean_x * mean_y + brightness) * (2.0 * covariance + contrast)
        similarity /= (tf.square(mean_x) + tf.square(mean_y) + brightness) * (variance_x + variance_y + contrast)
        return tf.reduce_mean(1.0 - similarity, axis=-1)


class GradientSimilarity(ImageLoss):
    """(x - y)^2 + the mean over four scales of 1 - (2 g h + c) / (g^2 + h^2 + c), gradients of length g in x, h in y.

    The multi-scale gradient magnitude similarity of Zavrtanik, Kristan & Skocaj, "Reconstruction by Inpainting for
    Visual Anomaly Detection", Pattern Recognition (2021). Gradients say nothing of brightness, hence the first term.

    In training the second term counts a hundredth. Whole it is a hundred times the first, and `unet` with it made the
    same of whatever it was shown, however long it was trained (`make bench-options`).
    """

    SCALES = 4
    CONSTANT = 0.0026
    IN_TRAINING = 0.01

    def __call__(self, target: Tensor, reconstruction: Tensor) -> Tensor:
        squared = tf.reduce_mean(tf.square(target - reconstruction))
        return squared + self.IN_TRAINING * tf.reduce_mean(self._differences(target, reconstruction))

    def error(self, target: Tensor, reconstruction: Tensor) -> Tensor:
        return tf.reduce_mean(tf.square(target - reconstruction) + self._differences(target, reconstruction), axis=-1)

    def _differences(self, target: Tensor, reconstruction: Tensor) -> Tensor:
        """The mean over scales at each position and channel."""
        size = target.shape[1:3]
        x, y, differences = target, reconstruction, tf.zeros_like(target)
        for scale in range(self.SCALES):
            if scale:
                x, y = (tf.nn.avg_pool2d(each, 2, 2, "SAME") for each in (x, y))
            g, h = _gradient(x), _gradient(y)
            different = 1.0 - (2.0 * g * h + self.CONSTANT) / (tf.square(g) + tf.square(h) + self.CONSTANT)
            differences += tf.image.resize(different, size) / self.SCALES
        return differences


class Perceptual(ImageLoss):
    """(x - y)^2 + the mean over stages of |f(x) - f(y)|^2, with features f of unit length from the frozen backbone.

    Johnson, Alahi & Fei-Fei, "Perceptual Losses for Real-Time Style Transfer and Super-Resolution", ECCV (2016); the
    unit length: Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric", CVPR (2018).
    """

    STAGES = (2, 3)
    """Edges and textures; deeper ones hardly know where things are."""

    def __init__(self) -> None:
        self._backbone = load_backbone()

    def error(self, target: Tensor, reconstruction: Tensor) -> Tensor:
        error = tf.reduce_mean(tf.square(target - reconstruction), axis=-1, keepdims=True)
        wanted, made = (all_stages(self._backbone, images, max(self.STAGES)) for images in (target, reconstruction))
        for stage in self.STAGES:
            f, g = (tf.math.l2_normalize(each[stage], axis=-1, epsilon=EPSILON) for each in (wanted, made))
            different = tf.reduce_sum(tf.square(f - g), axis=-1, keepdims=True)
            error += tf.image.resize(different, target.shape[1:3]) / len(self.STAGES)
        return tf.squeeze(error, -1)


LOSSES: Mapping[LossName, type[ImageLoss]] = MappingProxyType(
    {
        "mse": SquaredError,
        "bce": CrossEntropy,
        "ssim": StructuralSimilarity,
        "gradient": GradientSimilarity,
        "perceptual": Perceptual,
    }
)


def _cross_entropy(x: Tensor, y: Tensor) -> Tensor:
    y = tf.clip_by_value(y, EPSILON, 1.0 - EPSILON)
    return -x * tf.math.log(y) - (1.0 - x) * tf.math.log(1.0 - y)


def _blur(images: Tensor) -> Tensor:
    """Averages weighted by a gaussian of sigma 1.5 over 11 x 11 pixels; edges are mirrored."""
    reach = 5
    weights = np.exp(-np.square(np.arange(-reach, reach + 1) / 1.5) / 2.0)
    return _filter(images, np.outer(weights, weights) / weights.sum() ** 2, reach)


def _gradient(images: Tensor) -> Tensor:
    """The gradient's length by Prewitt's filters."""
    across = np.outer([1.0, 1.0, 1.0], [1.0, 0.0, -1.0]) / 3.0
    squares = tf.square(_filter(images, across, 1)) + tf.square(_filter(images, across.T, 1))
    return tf.sqrt(squares + EPSILON)


def _filter(images: Tensor, weights: np.ndarray, reach: int) -> Tensor:
    channels = images.shape[-1]
    kernel = np.repeat(weights.astype(np.float32)[..., np.newaxis, np.newaxis], channels, axis=2)
    return tf.nn.depthwise_conv2d(_mirrored(images, reach), kernel, [1, 1, 1, 1], "VALID")


def _mirrored(images: Tensor, reach: int) -> Tensor:
    """With a margin of so many pixels; images smaller than that are mirrored more than once."""
    while reach > 0:
        rows, columns = (min(reach, side) for side in images.shape[1:3])
        step = min(rows, columns)
        images = tf.pad(images, [[0, 0], [step, step], [step, step], [0, 0]], "SYMMETRIC")
        reach -= step
    return images
