"""The convolutional pixel autoencoder."""

import math

import keras
import tensorflow as tf
from keras import layers
from pydantic import Field

from training.autoencoders.base import Autoencoder, AutoencoderOptions, Tensor

CODE_SIDE = 8
"""Convolutions halve the target while the code's grid keeps at least this side."""


class ConvOptions(AutoencoderOptions):
    """Options of `conv`."""

    latent: int = Field(default=32, ge=1, description="Channels of the code; with its grid, the bottleneck.")
    width: int = Field(default=24, ge=1, description="Channels of the first convolution; each next has twice as many.")
    widest: int = Field(default=96, ge=1, description="Channels of any convolution at most.")
    finest: int = Field(default=128, ge=32, description="Side in pixels that larger images are halved down to.")


class Conv(Autoencoder[ConvOptions]):
    r"""Strided convolutions down to a narrow code, upsampling and convolutions up again, no skips.

    Fitted to minimise  L = mean over images, pixels, channels of (x - g(f(x)))^2  on normal images, where the
    encoder f maps x to a code of about 8 x 8 x `latent` numbers and g decodes it. What normal parts have in
    common passes through the code; a defect, never seen, does not, and (x - g(f(x)))^2 shows where it is.

    Upsampling followed by a convolution, not a transposed convolution, whose uneven overlap leaves a
    checkerboard that would look like defects: Odena, Dumoulin & Olah, "Deconvolution and Checkerboard
    Artifacts", Distill (2016). The autoencoder as a detector of the unusual: Japkowicz, Myers & Gluck, "A Novelty
    Detection Approach to Classification", IJCAI (1995).

    Images are halved until no side exceeds `finest`: a narrow code has no finer detail to give, and the finest
    layers would take most of the time.

    When to use it: a baseline without pretrained weights, good where parts are placed alike and defects
    differ in brightness or colour over more than a few pixels. Fine texture is beyond its code and hides small defects.
    """

    options_type = ConvOptions

    def target(self, images: Tensor) -> Tensor:
        halving = self._halving()
        return tf.nn.avg_pool2d(images, halving, halving, "SAME") if halving > 1 else images

    def build(self) -> keras.Model:
        halving = self._halving()
        size = (math.ceil(self.spec.height / halving), math.ceil(self.spec.width / halving))
        pixels = keras.Input((*size, self.spec.channels))
        code = layers.Rescaling(2.0, -1.0)(pixels)  # centred: training would spend its first rounds on the mean alone
        sizes: list[tuple[int, int]] = []
        widths: list[int] = []
        while min(size) >= 2 * CODE_SIDE:
            sizes.append(size)
            widths.append(min(self.options.widest, self.options.width * 2 ** len(widths)))
            code = _convolve(code, widths[-1], kernel=5 if len(widths) == 1 else 3, stride=2)
            size = (math.ceil(size[0] / 2), math.ceil(size[1] / 2))
        decoded = layers.Conv2D(self.options.latent, 1)(code)
        for larger, channels in zip(sizes[:0:-1], widths[-2::-1], strict=True):
            decoded = _convolve(decoded, channels)
            decoded = layers.Resizing(*larger, interpolation="bilinear")(decoded)
        decoded = _convolve(decoded, widths[0])
        decoded = layers.Conv2D(self.spec.channels, 3, padding="same")(decoded)
        # The finest step is a plain enlargement: the code has no detail for it, and it would cost the most.
        decoded = layers.Resizing(*sizes[0], interpolation="bilinear")(decoded)
        return keras.Model(pixels, layers.Rescaling(0.5, 0.5)(decoded), name="conv")

    def _halving(self) -> int:
        """The power of two by which the target is smaller than the image."""
        larger = max(self.spec.height, self.spec.width) / self.options.finest
        return 1 << max(0, math.ceil(math.log2(larger)))


def _convolve(x: keras.KerasTensor, channels: int, kernel: int = 3, stride: int = 1) -> keras.KerasTensor:
    x = layers.Conv2D(channels, kernel, strides=stride, padding="same")(x)
    return layers.LeakyReLU(negative_slope=0.1)(x)
