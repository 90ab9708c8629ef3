"""Options of the pixel autoencoders."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from training.autoencoders.base import AutoencoderOptions, Searched
from training.autoencoders.components.layers import (
    Blocks,
    Body,
    ConvBody,
    DenseBody,
    Shape,
    doubling_widths,
    halving_widths,
)
from training.autoencoders.components.losses import LossName

Activation = Literal["linear", "relu", "leaky_relu", "tanh", "sigmoid"]

Choices = Mapping[tuple[str, str], Mapping[str, Any]]
"""(option, value) -> what choosing that value sets, but for what is given as well: presets, for instance."""


class PixelOptions(AutoencoderOptions):
    """Options of every pixel autoencoder."""

    choices: ClassVar[Choices] = {}
    """In this order: one may bring the next."""
    searched: ClassVar[Searched] = {"dropout": (0.0, 0.1, 0.2)}

    loss: LossName = Field(default="mse", description="What reconstructions are measured by; the map follows it.")
    finest: int = Field(default=128, ge=16, description="Side in pixels that larger images are halved down to.")
    progressive: int = Field(
        default=0, ge=0, le=3, description="Number of times to train on smaller images first, the smallest first."
    )
    residual: bool = Field(default=False, description="Each inner layer x is followed by x + F(x).")
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0, description="Share of the encoder's features left out.")
    l1: float = Field(default=0.0, ge=0.0, description="Weight of the sum of all kernels' absolute values.")
    l2: float = Field(default=0.0, ge=0.0, description="Weight of the sum of all kernels' squares.")

    @property
    def any_size(self) -> bool:
        """Whether the same weights fit images of any size: convolutions alone."""
        return False

    def blocks(self, activation: Activation = "leaky_relu") -> Blocks:
        """What the network is built from."""
        return Blocks(
            residual=self.residual,
            dropout=self.dropout,
            l1=self.l1,
            l2=self.l2,
            bounded=self.loss == "bce",
            activation=activation,
        )

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, given: Any) -> Any:
        for (option, value), brought in cls.choices.items():
            if isinstance(given, Mapping) and given.get(option) == value:
                given = {**brought, **given}
        return given

    @model_validator(mode="after")
    def _only_convolutions_grow(self) -> Self:
        if self.progressive and not self.any_size:
            raise ValueError("progressive needs a network of convolutions alone; leave it out")
        return self


class CodedOptions(PixelOptions):
    """Options of a pixel autoencoder whose network is a body around a latent."""

    latent: int = Field(default=64, ge=1, description="Numbers in the latent.")

    @abstractmethod
    def body(self, shape: Shape, full: Shape) -> Body:
        """The body for images of `shape`, as deep as for those of `full`, which they are reduced from."""


class DenseNetworkOptions(CodedOptions):
    """Options of a pixel autoencoder with a dense network."""

    searched: ClassVar[Searched] = {"latent": (16, 32, 64, 128), "width": (128, 256, 512)}

    width: int = Field(
        default=256, ge=0, description="Units of the first layer; each next has half, down to the latent."
    )
    finest: int = Field(default=32, ge=16, description="Side in pixels that larger images are halved down to.")
    activation: Activation = Field(default="leaky_relu", description="Of all layers but the latent and the last.")

    def body(self, shape: Shape, full: Shape) -> Body:  # noqa: ARG002 - dense networks have one size
        widths = halving_widths(self.width, self.latent)
        return DenseBody(shape=shape, widths=widths, latent=self.latent, blocks=self.blocks(self.activation))


class ConvNetworkOptions(CodedOptions):
    """Options of a pixel autoencoder with a convolutional network."""

    searched: ClassVar[Searched] = {"latent": (8, 16, 32, 64), "width": (12, 24, 48)}

    latent: int = Field(
        default=32, ge=1, description="Channels of a latent that is a grid, numbers in one that is not."
    )
    width: int = Field(default=24, ge=1, description="Channels of the first convolution; each next has twice as many.")
    widest: int = Field(default=96, ge=1, description="Channels of any convolution at most.")
    side: int = Field(default=8, ge=2, description="Convolutions halve while the grid's side stays at least so.")
    code: Literal["grid", "vector"] = Field(default="grid", description="Whether the latent keeps positions.")

    @property
    def any_size(self) -> bool:
        return self.code == "grid"

    def body(self, shape: Shape, full: Shape) -> Body:
        widths = doubling_widths(full, self.side, self.width, self.widest)
        is_vector = self.code == "vector"
        return ConvBody(shape=shape, widths=widths, latent=self.latent, is_vector=is_vector, blocks=self.blocks())


class EitherNetworkOptions(ConvNetworkOptions):
    """Options of a pixel autoencoder with either network; `network=dense` brings that network's own defaults."""

    choices: ClassVar[Choices] = {("network", "dense"): {"latent": 64, "width": 256, "finest": 32}}

    network: Literal["conv", "dense"] = Field(default="conv", description="Convolutions or dense layers.")
    activation: Activation = Field(default="leaky_relu", description="Of dense layers but the latent and the last.")

    @property
    def any_size(self) -> bool:
        return self.network == "conv" and super().any_size

    def searchable(self) -> Searched:
        return {**super().searchable(), **(DenseNetworkOptions.searched if self.network == "dense" else {})}

    def body(self, shape: Shape, full: Shape) -> Body:
        if self.network == "conv":
            return super().body(shape, full)
        widths = halving_widths(self.width, self.latent)
        return DenseBody(shape=shape, widths=widths, latent=self.latent, blocks=self.blocks(self.activation))

    @model_validator(mode="after")
    def _of_its_network_alone(self) -> Self:
        other, names = ("dense", ("activation",)) if self.network == "conv" else ("conv", ("code", "side", "widest"))
        if changed := [name for name in names if getattr(self, name) != type(self).model_fields[name].default]:
            raise ValueError(f"{' and '.join(changed)} would change nothing without network={other}; leave it out")
        return self
