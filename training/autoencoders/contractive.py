"""The contractive autoencoder."""

import math
from typing import ClassVar, Literal

import keras
import tensorflow as tf
from keras import layers
from pydantic import Field

from training.autoencoders.base import CODE, Searched
from training.autoencoders.components.layers import Body, Symbol
from training.autoencoders.components.pixel import CodedAutoencoder
from training.autoencoders.components.pixel_options import DenseNetworkOptions
from training.backend.tensors import Tensor


class ContractiveOptions(DenseNetworkOptions):
    """Options of `contractive`."""

    searched: ClassVar[Searched] = {"width": (), "dropout": (), "contraction": (0.01, 0.1, 1.0)}

    width: Literal[0] = Field(default=0, description="There is no layer between the pixels and the latent.")
    activation: Literal["sigmoid"] = Field(default="sigmoid", description="Of the latent.")
    residual: Literal[False] = Field(default=False, description="There is no inner layer.")
    dropout: float = Field(default=0.0, ge=0.0, le=0.0, description="There are no features to leave out.")
    contraction: float = Field(default=0.1, ge=0.0, description="Weight of the penalty on the encoder's Jacobian.")


class Contractive(CodedAutoencoder[ContractiveOptions]):
    r"""A latent that hardly changes with the image, except along the ways in which normal parts differ.

    Fitted to minimise  L = mean of (x - m - g(h))^2 + c / D * |J|^2,  h = sigmoid(W (x - m) + b),  c = `contraction`,
    D = the numbers in an image, m the mean of those trained on. |J|^2 is the squared Frobenius norm of the encoder's
    Jacobian dh/dx. It is computed analytically, which one sigmoid layer allows (no tape):
    |J|^2 = sum over j of (h_j (1 - h_j))^2 * sum over i of W_ij^2,  with pixels x in -1..1.

    Rifai, Vincent, Muller, Glorot & Bengio, "Contractive Auto-Encoders: Explicit Invariance During Feature
    Extraction", ICML (2011).

    When to use it: small images, with a latent meant for comparing parts (nearest neighbours) as much as for detection.
    """

    options_type = ContractiveOptions

    def code(self, body: Body, features: Symbol) -> Symbol:  # noqa: ARG002 - the body has no say in this one's latent
        weight = self.options.contraction / math.prod(self.shape)
        return ContractiveCode(self.options.latent, weight, self.options.blocks().decay())(features)


class ContractiveCode(layers.Dense):  # type: ignore[misc] # keras ships no types
    """A sigmoid layer that adds `weight` x the mean of |J|^2 to the loss."""

    def __init__(self, units: int, weight: float, decay: keras.Regularizer | None = None) -> None:
        super().__init__(units, activation="sigmoid", kernel_regularizer=decay, name=CODE)
        self._weight = weight

    def call(self, inputs: Tensor) -> Tensor:
        code = super().call(inputs)
        self.add_loss(self._weight * tf.reduce_mean(self.squared_norm(code)))
        return code

    def squared_norm(self, code: Tensor) -> Tensor:
        """|J|^2 where the latent is this, [batch]."""
        slopes = tf.square(code * (1.0 - code))
        return tf.linalg.matvec(slopes, tf.reduce_sum(tf.square(self.kernel), axis=0))
