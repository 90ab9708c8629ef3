"""The variational autoencoder."""

import math
from typing import ClassVar, Literal

import keras
import tensorflow as tf
from keras import layers
from pydantic import Field

from training.autoencoders.base import CODE, Searched
from training.autoencoders.components.layers import Body, Symbol
from training.autoencoders.components.pixel import CodedAutoencoder
from training.autoencoders.components.pixel_options import EitherNetworkOptions
from training.backend.tensors import Tensor


class VaeOptions(EitherNetworkOptions):
    """Options of `vae`."""

    searched: ClassVar[Searched] = {"beta": (0.001, 0.01, 0.1)}

    code: Literal["grid", "vector"] = Field(default="vector", description="Whether the latent keeps positions.")
    beta: float = Field(default=0.01, gt=0.0, description="Weight of the latent's divergence from a standard normal.")


class Vae(CodedAutoencoder[VaeOptions]):
    r"""The latent is a normal distribution, kept near the standard one: similar latents mean similar images.

    Fitted to minimise  L = mean of (x - g(z))^2 + beta / D * KL,  z = m(x) + exp(v(x) / 2) e,  e ~ N(0, I),
    KL = 1/2 * sum over the latent of (m^2 + exp(v) - v - 1),  D = the numbers in an image. That is, up to a factor, the
    evidence lower bound of a model with pixels of variance beta / 2: a small beta means sharp images, a large one a
    tidy latent. In training z is drawn (the reparameterisation trick); the latent, for scoring too, is the mean m(x).

    Kingma & Welling, "Auto-Encoding Variational Bayes", ICLR (2014); `beta`: Higgins et al., "beta-VAE", ICLR (2017).

    When to use it: to look at what varies among normal parts, since images can be decoded from any point of the
    latent; as a detector it is a `conv` whose latent cannot be stretched to fit what it never saw.
    """

    options_type = VaeOptions

    def code(self, body: Body, features: Symbol) -> Symbol:
        mean, log_variance = body.code(features, "mean"), body.code(features, "log_variance")
        return Sampling(self.options.beta / math.prod(self.shape), name=CODE)([mean, log_variance])


class Sampling(layers.Layer):  # type: ignore[misc] # keras ships no types
    """The latent: drawn from its distribution in training, else its mean; adds `weight` x KL to the loss."""

    def __init__(self, weight: float, name: str) -> None:
        super().__init__(name=name)
        self._weight = weight
        self._seeds = keras.random.SeedGenerator()

    def call(self, distribution: tuple[Tensor, Tensor], training: bool = False) -> Tensor:
        mean, log_variance = distribution
        each = tf.square(mean) + tf.exp(log_variance) - log_variance - 1.0
        divergence = 0.5 * tf.reduce_sum(each, axis=list(range(1, len(mean.shape))))
        self.add_loss(self._weight * tf.reduce_mean(divergence))
        if not training:
            return mean
        return mean + tf.exp(0.5 * log_variance) * keras.random.normal(tf.shape(mean), seed=self._seeds)
