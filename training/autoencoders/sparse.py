"""The sparse autoencoder."""

from typing import ClassVar, Literal

import tensorflow as tf
from keras import layers
from pydantic import Field

from training.autoencoders.base import CODE, Searched
from training.autoencoders.components.layers import Body, Symbol
from training.autoencoders.components.pixel import CodedAutoencoder
from training.autoencoders.components.pixel_options import EitherNetworkOptions
from training.backend.tensors import Tensor

EPSILON = 1e-6
"""Keeps the logarithms finite."""


class SparseOptions(EitherNetworkOptions):
    """Options of `sparse`."""

    searched: ClassVar[Searched] = {"sparsity_weight": (1e-4, 1e-3, 1e-2)}

    latent: int = Field(
        default=64, ge=1, description="Channels of a latent that is a grid, numbers in one that is not."
    )
    sparsity: Literal["l1", "kl"] = Field(default="l1", description="What keeps the latent sparse.")
    sparsity_weight: float = Field(
        default=1e-3, gt=0.0, description="Weight of that next to the reconstruction's loss."
    )
    active: float = Field(default=0.05, gt=0.0, lt=1.0, description="Share of the latent that `kl` wants active.")
    l2: float = Field(default=1e-6, ge=0.0, description="Weight of the sum of all kernels' squares.")


class Sparse(CodedAutoencoder[SparseOptions]):
    r"""A wide latent of which each image uses little.

    Fitted to minimise  L = mean of (x - g(h))^2 + w * S(h),  h = f(x), w = `sparsity_weight`:

    - `l1`: h = max(0, .) and S = mean of |h|. Decay of the kernels (`l2`) belongs to it, or the decoder would grow
      while the latent shrinks, and nothing be gained.
    - `kl`: h = sigmoid(.) and S = mean over its numbers j of  r log(r / r_j) + (1 - r) log((1 - r) / (1 - r_j)),
      where r_j is the mean of h_j over the batch and r = `active`. On a grid, j is a channel,
      and the mean is over positions as well.

    Olshausen & Field, "Emergence of Simple-Cell Receptive Field Properties by Learning a Sparse Code for Natural
    Images", Nature (1996), for the idea; the second penalty: Ng, "Sparse Autoencoder", CS294A lecture notes (2011).

    When to use it: where normal parts come in many variants, each of a few features out of many, more than a
    narrow latent could hold.
    """

    options_type = SparseOptions

    def code(self, body: Body, features: Symbol) -> Symbol:
        code = body.code(features, CODE, "relu" if self.options.sparsity == "l1" else "sigmoid")
        return SparsityPenalty(self.options)(code)


class SparsityPenalty(layers.Layer):  # type: ignore[misc] # keras ships no types
    """Passes the latent on and adds its penalty to the loss."""

    def __init__(self, options: SparseOptions) -> None:
        super().__init__()
        self._options = options

    def call(self, code: Tensor) -> Tensor:
        self.add_loss(self._options.sparsity_weight * self._penalty(code))
        return code

    def _penalty(self, code: Tensor) -> Tensor:
        if self._options.sparsity == "l1":
            return tf.reduce_mean(tf.abs(code))
        wanted = self._options.active
        found = tf.reduce_mean(code, axis=list(range(len(code.shape) - 1)))
        found = tf.clip_by_value(found, EPSILON, 1.0 - EPSILON)
        return tf.reduce_mean(
            wanted * tf.math.log(wanted / found) + (1.0 - wanted) * tf.math.log((1.0 - wanted) / (1.0 - found))
        )
