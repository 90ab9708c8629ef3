"""The factory of backbones: frozen networks whose features an autoencoder reproduces in place of pixels."""

from training.autoencoders.components.backbones.base import Backbone
from training.autoencoders.components.backbones.choice import Trained
from training.autoencoders.components.backbones.efficientnet_lite0 import EfficientNetLite0, random_weights
from training.autoencoders.components.backbones.keras_applications import load_application
from training.autoencoders.components.backbones.pretrained_weights import imagenet_weights


def load_backbone(kind: Trained = "imagenet", height: int | None = None, width: int | None = None) -> Backbone:
    """EfficientNet-lite0 with these weights, or another network by its name; for images of this size, or of any.

    Raises:
        TrainingError: if the weights cannot be had, or are not those we know.
    """
    if kind == "imagenet":
        return EfficientNetLite0(imagenet_weights())
    if kind == "random":
        return EfficientNetLite0(random_weights())
    return load_application(kind, height, width)
