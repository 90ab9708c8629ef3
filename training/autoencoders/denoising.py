"""The denoising autoencoder."""

from typing import ClassVar, Literal

import tensorflow as tf
from pydantic import Field

from training.autoencoders.base import Searched
from training.autoencoders.components.pixel import CodedAutoencoder
from training.autoencoders.components.pixel_options import Choices, EitherNetworkOptions
from training.backend.tensors import Tensor

Noise = Literal["gaussian", "salt-and-pepper", "masking"]


class DenoisingOptions(EitherNetworkOptions):
    """Options of `denoising`."""

    choices: ClassVar[Choices] = {
        ("preset", "784-256-128-64"): {"network": "dense", "loss": "bce", "noise": "gaussian", "noise_level": 0.4},
        **EitherNetworkOptions.choices,  # 256, 128 and 64 units are the dense network's own
    }

    searched: ClassVar[Searched] = {"noise_level": (0.1, 0.2, 0.4)}

    preset: Literal["784-256-128-64"] | None = Field(
        default=None,
        description="Named settings; 784 pixels are those of 28 x 28 images, others have their own number.",
    )
    noise: Noise = Field(default="gaussian", description="What is done to images before they are to be restored.")
    noise_level: float = Field(
        default=0.2, gt=0.0, le=1.0, description="Standard deviation of gaussian noise; of others, the share of pixels."
    )


class Denoising(CodedAutoencoder[DenoisingOptions]):
    r"""Restores images from noise: it must learn what parts look like, and cannot merely copy.

    Fitted to minimise  L = mean of (x - g(f(n(x))))^2  with fresh noise n for every batch:

    - `gaussian`: x + N(0, `noise_level`^2), cut to 0..1;
    - `salt-and-pepper`: a share `noise_level` of the pixels becomes black or white, with equal chance;
    - `masking`: a share `noise_level` of the pixels becomes black.

    Vincent, Larochelle, Bengio & Manzagol, "Extracting and Composing Robust Features with Denoising Autoencoders",
    ICML (2008), and Vincent et al., JMLR (2010), section 3.3, for the kinds of noise. Scored without noise.

    When to use it: as `conv` or `dense`, with few images or a wide latent, where those would begin to copy any image.
    A defect is noise of a kind too, and is taken out with it.
    """

    options_type = DenoisingOptions

    def corrupt(self, target: Tensor, seed: Tensor) -> Tensor:
        level = self.options.noise_level
        which, what = tf.unstack(tf.random.split(seed, 2))
        if self.options.noise == "gaussian":
            noise = tf.random.stateless_normal(tf.shape(target), which, stddev=level)
            return tf.clip_by_value(target + noise, 0.0, 1.0)
        pixels = tf.concat([tf.shape(target)[:-1], [1]], axis=0)  # all channels of a pixel fare alike
        hit = tf.random.stateless_uniform(pixels, which) < level
        if self.options.noise == "masking":
            return tf.where(hit, 0.0, target)
        return tf.where(hit, tf.round(tf.random.stateless_uniform(pixels, what)), target)
