"""Other backbones by name: networks that keras.applications builds, with weights that Keras downloads."""

import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import keras
from keras.applications import efficientnet, mobilenet_v2

from training.autoencoders.components.backbones.base import STRIDES, to_rgb
from training.autoencoders.components.backbones.choice import Application
from training.backend.tensors import Tensor
from training.errors import TrainingError

WEIGHTS = "imagenet"
"""As Keras calls those trained on ImageNet; None would be random ones."""


@dataclass(frozen=True, slots=True)
class Known:
    """How Keras builds a network, what it makes of pixels in 0 to 255, and the layers in which stages 1 to 7 end."""

    build: Callable[..., Any]
    preprocess: Callable[[Tensor], Tensor]
    ends: tuple[str, ...]


KNOWN: Mapping[Application, Known] = MappingProxyType(
    {
        "mobilenet_v2": Known(
            mobilenet_v2.MobileNetV2,
            mobilenet_v2.preprocess_input,
            (
                "expanded_conv_project_BN",
                *(f"block_{block}_add" for block in (2, 5, 9, 12, 15)),
                "block_16_project_BN",
            ),
        ),
        "efficientnet_b0": Known(
            efficientnet.EfficientNetB0,
            efficientnet.preprocess_input,
            (
                "block1a_project_bn",
                *(f"block{block}_add" for block in ("2b", "3b", "4c", "5c", "6d")),
                "block7a_project_bn",
            ),
        ),
        "efficientnet_b4": Known(
            efficientnet.EfficientNetB4,
            efficientnet.preprocess_input,
            tuple(f"block{block}_add" for block in ("1b", "2d", "3d", "4f", "5f", "6h", "7b")),
        ),
    }
)
"""Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR (2018); Tan & Le, "EfficientNet:
Rethinking Model Scaling for Convolutional Neural Networks", ICML (2019)."""


class KerasApplication:
    """The seven stages of a network of keras.applications."""

    def __init__(self, network: keras.Model, known: Known) -> None:
        self._network = network
        self._preprocess = known.preprocess
        self._ends = [network.get_layer(name).output for name in known.ends]
        self.channels = tuple(int(end.shape[-1]) for end in self._ends)

    def first(self, images: Tensor) -> Tensor:
        """As `base.Backbone`."""
        network = keras.Model(self._network.inputs[0], self._ends[0])
        return network(self._preprocess(to_rgb(images) * 255.0), training=False)

    def following(self, first: Tensor, last: int = len(STRIDES)) -> dict[int, Tensor]:
        """As `base.Backbone`."""
        if last == 1:
            return {1: first}
        found = keras.Model(self._ends[0], self._ends[1:last])(first, training=False)
        return {1: first} | dict(enumerate(found if isinstance(found, list) else [found], start=2))


def load_application(name: Application, height: int | None, width: int | None) -> KerasApplication:
    """The named network for images of this size, or of any where it is None; downloads its weights the first time.

    Raises:
        TrainingError: if there are no weights to be had.
    """
    known = KNOWN[name]
    with _download_shown(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*Weights for input shape", category=UserWarning)
        try:
            network = known.build(include_top=False, weights=WEIGHTS, input_shape=(height, width, 3))
        except Exception as error:  # Keras raises nothing more particular when a download fails
            raise TrainingError(
                f"expected the weights of {name} from the Keras site, or from an earlier download in KERAS_HOME "
                f"(default: ~/.keras), found none that can be read ({error}); run once online so that they lie there, "
                "or use --backbone imagenet"
            ) from error
    return KerasApplication(network, known)


@contextmanager
def _download_shown() -> Iterator[None]:
    """Let Keras show the progress of a download, on stderr: stdout is for results."""
    shown = keras.config.is_interactive_logging_enabled()
    keras.config.enable_interactive_logging()
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        if not shown:
            keras.config.disable_interactive_logging()
