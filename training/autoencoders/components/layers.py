"""Layers of the pixel autoencoders' networks, and bodies with a latent in the middle."""

import math
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol

import keras
from keras import layers, ops

Symbol = Any
"""A tensor of a network that is being built; keras ships no types."""

Shape = tuple[int, int, int]
"""Height, width, channels."""


GAINS = MappingProxyType({"sigmoid": 4.0})
"""How much larger than usual first weights are. In the middle a sigmoid's slope is 1/4: layer after layer the
gradient would vanish. Source: Glorot & Bengio, "Understanding the Difficulty of Training Deep Feedforward Neural
Networks", AISTATS (2010)."""

BLACKEST = 0.01
"""The least share of white that a mean is given back as through a sigmoid, which never reaches black."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Blocks:
    """Makes layers that agree in what the options ask of all of them."""

    residual: bool = False
    """Whether each layer is followed by a residual block, x + F(x) (He et al., CVPR 2016); F begins at nothing, so that
    training begins as without it (Zhang, Dauphin & Ma, "Fixup Initialization", ICLR 2019)."""
    dropout: float = 0.0
    l1: float = 0.0
    l2: float = 0.0
    bounded: bool = False
    """Whether reconstructions must lie in 0..1, as the cross-entropy demands."""
    activation: str = "leaky_relu"
    """Of dense layers; convolutions always have the leaky ReLU."""

    def centred(self, pixels: Symbol) -> Symbol:
        """From 0..1 to -1..1: training would spend its first epochs on the mean alone."""
        return layers.Rescaling(2.0, -1.0)(pixels)

    def output(self, x: Symbol) -> Symbol:
        """The way back from `centred`."""
        return layers.Activation("sigmoid")(x) if self.bounded else layers.Rescaling(0.5, 0.5)(x)

    def dense(
        self, x: Symbol, units: int, activation: str = "linear", name: str | None = None, *, silent: bool = False
    ) -> Symbol:
        """`silent`: it gives nothing until it is trained."""
        gain = GAINS.get(activation, 1.0)
        first = "zeros" if silent else keras.initializers.VarianceScaling(gain**2, "fan_avg", "uniform")
        return layers.Dense(
            units, activation=activation, kernel_initializer=first, kernel_regularizer=self.decay(), name=name
        )(x)

    def convolution(
        self, x: Symbol, channels: int, kernel: int = 3, stride: int = 1, *, silent: bool = False, **named: str
    ) -> Symbol:
        """`silent`: as of `dense`."""
        first, decay = "zeros" if silent else "glorot_uniform", self.decay()
        return layers.Conv2D(
            channels, kernel, stride, padding="same", kernel_initializer=first, kernel_regularizer=decay, **named
        )(x)

    def hidden(self, x: Symbol, units: int) -> Symbol:
        """A dense layer with its activation."""
        x = self.dense(x, units, self.activation)
        if self.residual:
            x = layers.Add()([x, self.dense(self.dense(x, units, self.activation), units, silent=True)])
        return x

    def convolve(self, x: Symbol, channels: int, kernel: int = 3, stride: int = 1) -> Symbol:
        """A convolution with its activation."""
        x = _leaky(self.convolution(x, channels, kernel, stride))
        if self.residual:
            inner = _leaky(self.convolution(x, channels))
            x = layers.Add()([x, self.convolution(inner, channels, silent=True)])
        return x

    def dropped(self, x: Symbol) -> Symbol:
        """Some features, or whole maps of them, left out in training (Tompson et al., CVPR 2015, for maps)."""
        if not self.dropout:
            return x
        is_grid = len(x.shape) == 4  # noqa: PLR2004 - batch, height, width, channels
        return (layers.SpatialDropout2D if is_grid else layers.Dropout)(self.dropout)(x)

    def decay(self) -> keras.Regularizer | None:
        """What holds kernels small, if anything is to."""
        return keras.regularizers.L1L2(self.l1, self.l2) if self.l1 or self.l2 else None


class Body(Protocol):
    """A network around a latent that all passes through."""

    def encode(self, pixels: Symbol) -> Symbol:
        """All before the latent, from pixels in 0..1."""

    def code(self, features: Symbol, name: str, activation: str = "linear") -> Symbol:
        """The layer that makes the latent of what `encode` gives."""

    def decode(self, code: Symbol) -> Symbol:
        """From the latent to the reconstruction."""


class WithoutMean(layers.Layer):  # type: ignore[misc] # keras ships no types
    """Numbers, float32 [batch, n], without their mean over the images that were trained on, each by itself.

    What all images have in common, such as a bright background, reaches every unit of a dense layer from thousands of
    pixels at once: a step of training would move a unit by more than the whole range of a sigmoid, where it then stays
    and learns nothing. Source: centring of inputs, LeCun, Bottou, Orr & Müller, "Efficient BackProp" (1998).
    """

    def build(self, shape: tuple[int | None, ...]) -> None:
        self.mean = self.add_weight(shape=shape[1:], initializer="zeros", trainable=False, name="mean")
        self._batches = self.add_weight(shape=(), initializer="zeros", trainable=False, name="batches")

    def call(self, inputs: Symbol, training: bool = False) -> Symbol:
        if training:
            self._batches.assign_add(1.0)
            self.mean.assign_add((ops.mean(inputs, axis=0) - self.mean) / self._batches)
        return inputs - self.mean


class WithMean(layers.Layer):  # type: ignore[misc] # keras ships no types
    """Adds to numbers, float32 [batch, n], what `WithoutMean` took away: what lies between need not learn it."""

    def __init__(self, taken: WithoutMean, bounded: bool) -> None:
        """`bounded`: the sum goes through a sigmoid, which must give the mean back."""
        super().__init__()
        self._taken, self._bounded = taken, bounded

    def call(self, inputs: Symbol) -> Symbol:
        mean = self._taken.mean
        if self._bounded:
            share = ops.clip(0.5 * (mean + 1.0), BLACKEST, 1.0 - BLACKEST)
            mean = ops.log(share / (1.0 - share))
        return inputs + mean


@dataclass(frozen=True, kw_only=True, slots=True)
class DenseBody:
    """Pixels without their mean to `widths` units, layer after layer, to `latent` numbers; the same way back."""

    shape: Shape
    widths: tuple[int, ...]
    latent: int
    blocks: Blocks
    taken: WithoutMean = field(default_factory=WithoutMean)

    def encode(self, pixels: Symbol) -> Symbol:
        x = self.taken(layers.Flatten()(self.blocks.centred(pixels)))
        for width in self.widths:
            x = self.blocks.dropped(self.blocks.hidden(x, width))
        return x

    def code(self, features: Symbol, name: str, activation: str = "linear") -> Symbol:
        return self.blocks.dense(features, self.latent, activation, name)

    def decode(self, code: Symbol) -> Symbol:
        x = code
        for width in reversed(self.widths):
            x = self.blocks.hidden(x, width)
        deviation = self.blocks.dense(x, math.prod(self.shape))
        pixels = self.blocks.output(WithMean(self.taken, self.blocks.bounded)(deviation))
        return layers.Reshape(self.shape)(pixels)


@dataclass(frozen=True, kw_only=True, slots=True)
class ConvBody:
    """Strided convolutions to `widths` channels, one after the other, to the latent; up again without skips.

    Upsampling followed by a convolution, not a transposed convolution, whose uneven overlap leaves a
    checkerboard that would look like defects: Odena, Dumoulin & Olah, "Deconvolution and Checkerboard
    Artifacts", Distill (2016).
    """

    shape: Shape
    widths: tuple[int, ...]
    latent: int
    blocks: Blocks
    is_vector: bool = False
    """Whether the latent is `latent` numbers; else it has `latent` channels on the grid that convolutions leave."""

    def encode(self, pixels: Symbol) -> Symbol:
        x = self.blocks.centred(pixels)
        for number, channels in enumerate(self.widths):
            x = self.blocks.dropped(self.blocks.convolve(x, channels, kernel=3 if number else 5, stride=2))
        return x

    def code(self, features: Symbol, name: str, activation: str = "linear") -> Symbol:
        if self.is_vector:
            return self.blocks.dense(layers.Flatten()(features), self.latent, activation, name)
        return self.blocks.convolution(features, self.latent, 1, name=name, activation=activation)

    def decode(self, code: Symbol) -> Symbol:
        finest, *between, grid = halved(self.shape, len(self.widths))
        x = code
        if self.is_vector:
            inner = (*grid, self.widths[-1])
            x = layers.Reshape(inner)(_leaky(self.blocks.dense(x, math.prod(inner))))
        for larger, channels in zip(reversed(between), self.widths[-2::-1], strict=True):
            x = self.blocks.convolve(x, channels)
            x = layers.Resizing(*larger, interpolation="bilinear")(x)
        x = self.blocks.convolve(x, self.widths[0])
        x = self.blocks.convolution(x, self.shape[-1])
        # The finest step is a plain enlargement: the latent has no detail for it, and it would cost the most.
        return self.blocks.output(layers.Resizing(*finest, interpolation="bilinear")(x))


def halved(shape: Shape, times: int) -> list[tuple[int, int]]:
    """The size in pixels, and what halving leaves of it each time."""
    return [(math.ceil(shape[0] / 2**n), math.ceil(shape[1] / 2**n)) for n in range(times + 1)]


def doubling_widths(shape: Shape, side: int, first: int, widest: int) -> tuple[int, ...]:
    """Channels of convolutions that halve an image, at least once, while its smaller side keeps at least `side`."""
    times = max(1, int(math.log2(min(shape[:2]) / side)))
    return tuple(min(widest, first * 2**n) for n in range(times))


def halving_widths(first: int, latent: int) -> tuple[int, ...]:
    """Units of hidden layers: `first`, then half as many each time, while more than the latent's; 0 for none."""
    widths = []
    while first > latent:
        widths.append(first)
        first //= 2
    return tuple(widths)


def _leaky(x: Symbol) -> Symbol:
    return layers.LeakyReLU(negative_slope=0.1)(x)
