"""Base classes of the pixel autoencoders: their resolution, loss and network."""

import math
from collections.abc import Sequence
from typing import Any, TypeVar

import keras
import tensorflow as tf

from service.scoring.input_spec import InputSpec
from service.scoring.manifest import Precision
from training.autoencoders.base import CODE, Autoencoder
from training.autoencoders.components.layers import Body, Shape, Symbol
from training.autoencoders.components.losses import LOSSES
from training.autoencoders.components.pixel_options import CodedOptions, PixelOptions
from training.backend.tensors import Tensor

P = TypeVar("P", bound=PixelOptions)
C = TypeVar("C", bound=CodedOptions)


class PixelAutoencoder(Autoencoder[P]):
    """Reproduces images, halved until no side exceeds `finest`.

    Narrow latents have no finer detail to give, and the finest layers would take most of the time.
    """

    def __init__(self, options: P, spec: InputSpec, precision: Precision = "float32", halvings: int = 0) -> None:
        """`halvings` is how many more times images are halved, for a coarse stage of training."""
        super().__init__(options, spec, precision)
        finest = 1 << max(0, math.ceil(math.log2(max(self.spec.height, self.spec.width) / options.finest)))
        self._factor = finest << halvings
        self.full, self.shape = (self._reduced(factor) for factor in (finest, self._factor))
        self._measure = LOSSES[options.loss]()

    def coarse_stages(self) -> Sequence[Autoencoder[Any]]:
        return [
            type(self)(self.options, self.spec, self.precision, more) for more in range(self.options.progressive, 0, -1)
        ]

    def target(self, images: Tensor) -> Tensor:
        return tf.nn.avg_pool2d(images, self._factor, self._factor, "SAME") if self._factor > 1 else images

    def loss(self, target: Tensor, reconstruction: Tensor) -> Tensor:
        return self._measure(target, reconstruction)

    def error(self, target: Tensor, reconstruction: Tensor) -> Tensor:
        return self._measure.error(target, reconstruction)

    def _reduced(self, factor: int) -> Shape:
        """The shape of images that are smaller by this factor."""
        return math.ceil(self.spec.height / factor), math.ceil(self.spec.width / factor), self.spec.channels


class CodedAutoencoder(PixelAutoencoder[C]):
    """A pixel autoencoder whose network is a body around a latent."""

    def build(self) -> keras.Model:
        body = self.options.body(self.shape, self.full)
        pixels = keras.Input(self.shape)
        return keras.Model(pixels, body.decode(self.code(body, body.encode(pixels))))

    def code(self, body: Body, features: Symbol) -> Symbol:
        """From the encoder's features to what is decoded; the layer whose output is the latent is named CODE."""
        return body.code(features, CODE)
