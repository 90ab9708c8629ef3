"""The pretrained backbone sees what it was trained to see."""

from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np
import pytest
import tensorflow as tf

from training.autoencoders.components.backbones.base import STRIDES, all_stages
from training.autoencoders.components.backbones.efficientnet_lite0 import EfficientNetLite0
from training.autoencoders.components.backbones.factory import load_backbone
from training.autoencoders.components.backbones.pretrained_weights import imagenet_weights
from training.backend.tensors import Tensor

PHOTOGRAPHS = {
    "matplotlib/mpl-data/sample_data/grace_hopper.jpg": 652,  # military uniform
    "sklearn/datasets/images/flower.jpg": 985,  # daisy
}


def classified(network: EfficientNetLite0, images: np.ndarray) -> Tensor:
    """Logits of ImageNet's classes, float32 [batch, 1000], by the classifier that was trained with the stages."""
    tensors = network._weights._tensors
    features = tf.nn.relu6(network._convolve(all_stages(network, images)[7], "_conv_head", "_bn1"))
    return tf.matmul(tf.reduce_mean(features, axis=(1, 2)), tensors["_fc.weight"].T) + tensors["_fc.bias"]


@pytest.mark.parametrize(("photograph", "label"), PHOTOGRAPHS.items(), ids=["grace_hopper", "flower"])
def test_a_known_photograph_gets_its_imagenet_class(photograph: str, label: int) -> None:
    package, _, name = photograph.partition("/")
    pixels = cv2.imread(str(Path(str(files(package))) / name), cv2.IMREAD_COLOR_RGB)
    assert pixels is not None
    image = cv2.resize(pixels, (224, 224), interpolation=cv2.INTER_AREA).astype(np.float32) / 255.0
    assert int(tf.argmax(classified(EfficientNetLite0(imagenet_weights()), image[np.newaxis]), axis=-1)[0]) == label


def test_each_stage_has_its_stride_and_channels() -> None:
    stages = all_stages(load_backbone("random"), tf.zeros((2, 64, 96, 1)))
    assert [64 // features.shape[1] for features in stages.values()] == [*STRIDES]
    assert {number: tuple(features.shape[1:]) for number, features in stages.items()} == {
        1: (32, 48, 16),
        2: (16, 24, 24),
        3: (8, 12, 40),
        4: (4, 6, 80),
        5: (4, 6, 112),
        6: (2, 3, 192),
        7: (2, 3, 320),
    }
