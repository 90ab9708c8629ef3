"""What an autoencoder must give; all else (normalisation, training, smoothing, pooling, export) is shared."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Generic, TypeVar

import keras
import tensorflow as tf
from pydantic import BaseModel, ConfigDict, Field

from service.scoring.manifest import InputSpec
from training.prepared import PreparedImages

Tensor = Any
"""A float32 tensor; TensorFlow ships no types."""


class AutoencoderOptions(BaseModel):
    """What can be set from the command line with `--options name=value`; an autoencoder adds its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    epochs: int = Field(default=50, ge=1, description="At most so many rounds; training stops early.")
    patience: int = Field(default=10, ge=1, description="Rounds without a better validation loss before it stops.")
    batch_size: int = Field(default=16, ge=1)
    learning_rate: float = Field(default=2e-3, gt=0.0)


O = TypeVar("O", bound=AutoencoderOptions)  # noqa: E741 - reads as "its options"


class Autoencoder(ABC, Generic[O]):
    """Learns to reproduce a *target* made from normal images, and says where an image's differs.

    The life of one: `prepare` (a pass over the normal images) → `build` → training of the network on pairs
    (target, target) with `loss` → `finish` (another pass) → the scoring graph is traced:
    images → `target` → `reconstruct` → `error` → smoothing, scaling, pooling (shared).

    The target is the image itself unless `target` says otherwise: an autoencoder of features returns them from
    there, whatever their shape. What `prepare` and `finish` learn is kept on `self` and ends as constants in
    the graph. `options_type` is the class of its options; images are float32 [batch, height, width, channels] in 0..1.
    """

    options_type: ClassVar[type[AutoencoderOptions]] = AutoencoderOptions

    def __init__(self, options: O, spec: InputSpec) -> None:
        self.options = options
        self.spec = spec

    @abstractmethod
    def build(self) -> keras.Model:
        """The network: target → reconstruction. What its layers `add_loss` is added to the loss in training."""

    def prepare(self, images: PreparedImages) -> None:
        """Look at the fit images before `build`; nothing unless overridden."""

    def finish(self, network: keras.Model, images: PreparedImages) -> None:
        """Look at the fit images with the trained network; nothing unless overridden."""

    def target(self, images: Tensor) -> Tensor:
        """What is to be reproduced, [batch, …]: the images, unless overridden."""
        return images

    def loss(self, target: Tensor, reconstruction: Tensor) -> Tensor:
        """The loss in training, a scalar or [batch]: the mean squared error, unless overridden."""
        return tf.reduce_mean(tf.square(target - reconstruction))

    def reconstruct(self, network: keras.Model, target: Tensor) -> Tensor:
        """Run the trained network once, unless overridden (masked passes, for instance)."""
        return network(target, training=False)

    def error(self, target: Tensor, reconstruction: Tensor) -> Tensor:
        """How strange each place is, float32 [batch, h, w]: mean squared error over channels, unless overridden."""
        return tf.reduce_mean(tf.square(target - reconstruction), axis=-1)

    def picture(self, reconstruction: Tensor) -> Tensor | None:
        """The reconstruction as images, for people; None from one whose reconstruction is not an image."""
        return reconstruction
