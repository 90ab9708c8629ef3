"""The contract of an autoencoder; all else (normalisation, training, smoothing, pooling, export) is shared."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar, get_origin

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from service.scoring.input_spec import InputSpec
from service.scoring.manifest import Precision
from training.backend.converted import ConvertedGraph
from training.backend.litert import Run, convert, runner
from training.backend.tensors import Tensor, images_tensor, normalised, traced
from training.data.preprocessed import PreprocessedImages
from training.data.tiled_images import tile_spec
from training.statistics.map_worth import MapWorth

CODE = "code"
"""The name of the network's layer whose output is the latent; a network without a single latent has none."""

Step = int | float | str

Searched = Mapping[str, tuple[Step, ...]]
"""Option -> steps that `linewatch-train search` tries, or goes between."""


class AutoencoderOptions(BaseModel):
    """What can be set from the command line with `--options name=value`; an autoencoder adds its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    searched: ClassVar[Searched] = {"learning_rate": (5e-4, 1e-3, 2e-3, 4e-3)}
    """Added to those of the bases, or in their place; () for what cannot be searched here."""

    epochs: int = Field(default=50, ge=1, description="Most epochs; training stops early.")
    patience: int = Field(default=10, ge=1, description="Epochs without a better validation loss before it stops.")
    batch_size: int = Field(default=16, ge=1)
    learning_rate: float = Field(default=2e-3, gt=0.0)
    steps: int | None = Field(
        default=None,
        ge=1,
        description="Batches in an epoch; else once through the fit images, within 10 to 60 batches.",
    )
    augment: bool = Field(default=True, description="Shift and relight the fit images a little.")

    def searchable(self) -> Searched:
        """What the class and its bases declare in `searched`; options that leave nothing to search have ()."""
        declared: dict[str, tuple[Step, ...]] = {}
        for each in reversed(type(self).__mro__):
            declared |= vars(each).get("searched", {})
        return declared

    @field_validator("*", mode="before")
    @classmethod
    def _several_in_one_word(cls, value: Any, field: ValidationInfo) -> Any:
        """Several values as the command line gives them: `maps=place4+place5`; commas part options there."""
        takes = cls.model_fields[field.field_name].annotation if field.field_name else None
        return value.split("+") if get_origin(takes) is tuple and isinstance(value, str) else value


O = TypeVar("O", bound=AutoencoderOptions)  # noqa: E741 - reads as "its options"


class Autoencoder(ABC, Generic[O]):
    """Learns to reproduce a *target* made from normal images; its error maps where an image's differs.

    The life of one: `fit_statistics` (a pass over the normal images) → `build` → training of the network on pairs
    (`corrupt`(target), target) with `loss` → `finish` (another pass) → the scoring graph is traced:
    images → `target` → `reconstruct` → `error` → smoothing, scaling, pooling (shared).

    The target is the image itself unless `target` is overridden: an autoencoder of features returns them from
    there, whatever their shape. What `fit_statistics` and `finish` learn is kept on `self` and ends as constants in
    the graph. Where images are scored in tiles each tile is an image here: `spec` is that of a tile, `whole` that of
    an image, and the scoring graph puts the maps of tiles together. `options_type` is the class of its options; images
    are float32 [batch, height, width, channels] in 0..1.
    """

    options_type: ClassVar[type[AutoencoderOptions]] = AutoencoderOptions

    gives_images: ClassVar[bool] = True
    """Whether targets and reconstructions are images, which people can look at."""

    def __init__(self, options: O, spec: InputSpec, precision: Precision = "float32") -> None:
        """`precision` is that of the exported graph's convolutions; `compiled` computes in it, too."""
        self.options = options
        self.whole = spec
        self.spec = tile_spec(spec)
        self.precision = precision
        self.map_weights: Sequence[float] | None = None
        """How much each of its maps counts, of those that `error` is the weighted sum of; `finish` finds it out unless
        it is given, as to folds."""

    @classmethod
    def usual_precision(cls, _options: O) -> Precision:
        """The precision of its graph if none is asked for."""
        return "float32"

    @abstractmethod
    def build(self) -> keras.Model:
        """The network: target → reconstruction. What its layers `add_loss` is added to the loss in training."""

    def fit_statistics(self, images: PreprocessedImages) -> None:
        """Look at the fit images before `build`; nothing unless overridden."""

    def finish(self, network: keras.Model, *normals: PreprocessedImages) -> None:
        """Look at the fit and validation images with the trained network; nothing unless overridden.

        It replaces attributes of `self` and changes none in place: folds are fitted by copies from before it.
        """

    def converted(self, function: Callable[[Tensor], dict[str, Tensor]]) -> ConvertedGraph:
        """A function of the target as a LiteRT graph of `images`, uint8 [tiles, height, width, channels]."""
        return ConvertedGraph(
            convert(lambda images: function(self.target(normalised(images))), images_tensor(self.whole))
        )

    def compiled(self, function: Callable[[Tensor], dict[str, Tensor]]) -> Run:
        """A function of the target, run on uint8 images: it gives what the exported graph will compute.

        What is learnt of normal images is learnt from this: the noise of rounding is part of what is normal.
        """
        if self.precision == "int8":
            return runner(self.converted(function).flatbuffer("int8"))
        graph = traced(lambda images: function(self.target(normalised(images))))

        def run(images: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
            return {name: found.numpy() for name, found in graph(tf.constant(images)).items()}

        return run

    def maps(self, target: Tensor, reconstruction: Tensor) -> dict[str, Tensor]:  # noqa: ARG002 - for those that override
        """The maps that `error` is the weighted sum of, each [batch, h, w], by name; none unless overridden."""
        return {}

    def map_worths(self) -> tuple[MapWorth, ...]:
        """What each of these maps adds, as `finish` found it out; none unless overridden."""
        return ()

    def gives_anomaly_map(self) -> bool:
        """Whether `error` is smooth and comparable between positions; unless overridden it is made so afterwards."""
        return False

    def target(self, images: Tensor) -> Tensor:
        """What is to be reproduced, [batch, …]: the images, unless overridden."""
        return images

    def cached_copies(self) -> int:
        """How many augmented copies of each image have their targets made once and kept on disk for training.

        For a target that costs more than a training step; 0, which makes targets again for each batch, unless
        overridden. A target takes 2 bytes for each of its numbers.
        """
        return 0

    def coarse_stages(self) -> Sequence["Autoencoder[O]"]:
        """Trained one after the other before this one, each handing on its weights; none unless overridden."""
        return ()

    def corrupt(self, target: Tensor, seed: Tensor) -> Tensor:  # noqa: ARG002 - for those that override
        """What the network sees in training in place of the target, which it is to restore: itself, unless overridden.

        The seed, int64 [2], is another for every batch and decides all that is random.
        """
        return target

    def loss(self, target: Tensor, reconstruction: Tensor) -> Tensor:
        """The loss in training, a scalar or [batch]: the mean squared error, unless overridden."""
        return tf.reduce_mean(tf.square(target - reconstruction))

    def reconstruct(self, network: keras.Model, target: Tensor) -> Tensor:
        """Run the trained network once, unless overridden (masked passes, for instance)."""
        return network(target, training=False)

    def error(self, target: Tensor, reconstruction: Tensor) -> Tensor:
        """The error of each position, float32 [batch, h, w]: mean squared error over channels, unless overridden."""
        return tf.reduce_mean(tf.square(target - reconstruction), axis=-1)

    def encode(self, network: keras.Model, target: Tensor) -> Tensor | None:
        """The latent of each target, float32 [batch, size]; None from a network without a layer named CODE."""
        if CODE not in {layer.name for layer in network.layers}:
            return None
        code = keras.Model(network.inputs, network.get_layer(CODE).output)(target, training=False)
        return tf.reshape(code, [-1, math.prod(code.shape[1:])])

    def decode(self, network: keras.Model, code: Tensor) -> Tensor | None:
        """What the network makes of latents [batch, size]; None unless all passes through the layer named CODE."""
        if CODE not in {layer.name for layer in network.layers}:
            return None
        output = network.get_layer(CODE).output
        try:
            decoder = keras.Model(output, network.outputs[0])
        except ValueError:  # skips pass by the latent
            return None
        return decoder(tf.reshape(code, [-1, *output.shape[1:]]), training=False)
