"""The inpainting U-net."""

from typing import ClassVar

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from numpy.typing import NDArray
from pydantic import Field

from training.autoencoders.base import Searched
from training.autoencoders.components.layers import Blocks, Symbol, doubling_widths, halved
from training.autoencoders.components.pixel import PixelAutoencoder
from training.autoencoders.components.pixel_options import PixelOptions
from training.backend.tensors import Tensor

HIDDEN = -1.0
"""What hidden pixels are: no pixel's value, so that the network can distinguish hidden from dark."""


class UnetOptions(PixelOptions):
    """Options of `unet`."""

    searched: ClassVar[Searched] = {"width": (8, 16, 32), "cell": (4, 8, 16)}

    width: int = Field(default=16, ge=1, description="Channels of the finest convolution; each next has twice as many.")
    widest: int = Field(default=64, ge=1, description="Channels of any convolution at most.")
    side: int = Field(default=8, ge=2, description="Convolutions halve while the grid's side stays at least so.")
    cell: int = Field(default=8, ge=1, description="Side in pixels, of those left by `finest`, of what is hidden.")
    passes: int = Field(
        default=4, ge=2, le=16, description="Each hides one part in this many, all together everything."
    )
    adversarial: float = Field(
        default=0.0, ge=0.0, description="Weight of a critic that learns to find repaired images."
    )

    @property
    def any_size(self) -> bool:
        return True


class Unet(PixelAutoencoder[UnetOptions]):
    r"""Repairs images of which parts are hidden, so that nothing of a defect can be copied.

    Fitted to minimise  L = mean of (x - u(h(x)))^2,  where h hides one in `passes` of the square cells of a grid that
    lies elsewhere for every image. For scoring, `passes` masks m_k that hide disjoint cells and together cover the
    image give  y = sum over k of m_k * u(h_k(x)):  each position is what the network makes of its surroundings, from
    the pass in which it was hidden. Skips carry fine texture past the bottleneck; a defect that is seen they would too.

    Zavrtanik, Kristan & Skocaj, "Reconstruction by Inpainting for Visual Anomaly Detection", Pattern Recognition
    (2021), whose loss is `loss=gradient`; the network: Ronneberger, Fischer & Brox, "U-Net", MICCAI (2015).

    With `adversarial` = w > 0 the network also plays against a critic d of patches, learning  max over d, min over u of
    w * mean of (log s(d(x)) + log(1 - s(d(u(h(x)))))),  s the logistic function: Goodfellow et al., NeurIPS (2014); for
    inpainting, Pathak et al., "Context Encoders", CVPR (2016), with w = 0.001; patches, Isola et al., CVPR (2017).
    Both learn in the same step: the gradient changes its sign between them (Ganin & Lempitsky, ICML 2015).
    The reported loss is without this term, which has no best value.

    When to use it: regular texture and fine detail, which narrow latents blur; defects not much larger than `cell`.
    Scoring costs `passes` times one pass.
    """

    options_type = UnetOptions
    critic: keras.Model | None = None

    def build(self) -> keras.Model:
        options, blocks = self.options, self.options.blocks()
        widths = doubling_widths(self.full, options.side, options.width, options.widest)
        sizes = halved(self.shape, len(widths))
        pixels = keras.Input(self.shape)
        x = blocks.convolve(blocks.centred(pixels), options.width)
        skips = []
        for channels in widths:
            skips.append(x)
            x = blocks.dropped(blocks.convolve(x, channels, stride=2))
        for skip, size in zip(reversed(skips), sizes[-2::-1], strict=True):
            x = layers.Resizing(*size, interpolation="bilinear")(x)
            x = blocks.convolve(layers.Concatenate()([x, skip]), skip.shape[-1])
        made = blocks.output(blocks.convolution(x, self.spec.channels))
        if options.adversarial:
            self.critic = _make_critic(self.shape, options.width)
            made = Companion(self.critic)(made)
        return keras.Model(pixels, made)

    def corrupt(self, target: Tensor, seed: Tensor) -> Tensor:
        period = self._cell * self.options.passes
        offsets = tf.random.stateless_uniform([2, tf.shape(target)[0], 1, 1], seed, 0, period, tf.int32)
        rows, columns = tf.range(self.shape[0])[:, tf.newaxis], tf.range(self.shape[1])[tf.newaxis]
        hidden = self._pass(rows + offsets[0], columns + offsets[1]) == 0
        return tf.where(hidden[..., tf.newaxis], HIDDEN, target)

    def reconstruct(self, network: keras.Model, target: Tensor) -> Tensor:
        masks = self.masks()
        hidden = tf.concat([target * (1.0 - mask) + HIDDEN * mask for mask in masks], axis=0)
        made = tf.reshape(network(hidden, training=False), [len(masks), -1, *self.shape])
        return tf.reduce_sum(made * masks[:, np.newaxis], axis=0)

    def masks(self) -> NDArray[np.float32]:
        """1 where a pass hides, else 0; [passes, height, width, 1], summing to 1 everywhere."""
        rows, columns = np.mgrid[: self.shape[0], : self.shape[1]]
        passes = np.arange(self.options.passes)[:, np.newaxis, np.newaxis]
        return np.asarray(self._pass(rows, columns) == passes, np.float32)[..., np.newaxis]

    def loss(self, target: Tensor, reconstruction: Tensor) -> Tensor:
        loss = super().loss(target, reconstruction)
        if self.critic is None:
            return loss
        reversed_ = _reverse(reconstruction, self.options.adversarial)
        critic_loss = tf.nn.softplus(-self.critic(target)) + tf.nn.softplus(self.critic(reversed_))
        game = tf.reduce_mean(critic_loss)
        return loss + game - tf.stop_gradient(game)

    @property
    def _cell(self) -> int:
        """The cell's side on images that are smaller for a while (`progressive`)."""
        return max(1, self.options.cell * self.shape[0] // self.full[0])

    def _pass(self, rows: Tensor, columns: Tensor) -> Tensor:
        """In which pass pixels are hidden; cells hidden together never touch if there are four passes or more."""
        passes = self.options.passes
        return (columns // self._cell + rows // self._cell * (passes // 2)) % passes


class Companion(layers.Layer):  # type: ignore[misc] # keras ships no types
    """Changes nothing, but makes the critic's weights part of the network, to be trained with it."""

    def __init__(self, critic: keras.Model) -> None:
        super().__init__()
        self.critic = critic

    def call(self, images: Tensor) -> Tensor:
        return images


def _make_critic(shape: tuple[int, int, int], width: int) -> keras.Model:
    """Images to a map of logits, positive where they look untouched."""
    blocks = Blocks()
    pixels = keras.Input(shape)
    x: Symbol = blocks.centred(pixels)
    for channels in (width, 2 * width, 4 * width):
        x = blocks.convolve(x, channels, stride=2)
    return keras.Model(pixels, blocks.convolution(x, 1))


def _reverse(x: Tensor, weight: float) -> Tensor:
    """The same values, with `weight` x the negative gradient."""
    return tf.stop_gradient((1.0 + weight) * x) - weight * x
