"""The protocol of a frozen backbone: feature maps of images, stage by stage."""

from typing import Protocol

import tensorflow as tf

from training.backend.tensors import Tensor

STRIDES = (2, 4, 8, 16, 16, 32, 32)
"""Pixels a side for one position of stage 1, 2 and so on: all backbones here are of one family and have these seven."""


class Backbone(Protocol):
    """A frozen network, trained on photographs, that gives feature maps of any image."""

    channels: tuple[int, ...]
    """Of each stage's features; as many as STRIDES."""

    def first(self, images: Tensor) -> Tensor:
        """Feature maps of stage 1, float32 [batch, h, w, channels], of images in 0 to 1, mono or RGB."""

    def following(self, first: Tensor, last: int = len(STRIDES)) -> dict[int, Tensor]:
        """Feature maps of stages 1 to `last`, of those of stage 1."""


def all_stages(backbone: Backbone, images: Tensor, last: int = len(STRIDES)) -> dict[int, Tensor]:
    """Feature maps of stages 1 to `last`, float32 [batch, h, w, channels], of images in 0 to 1, mono or RGB."""
    return backbone.following(backbone.first(images), last)


def to_rgb(images: Tensor) -> Tensor:
    """Images with three channels, from images with one or three."""
    return images if images.shape[-1] == 3 else tf.repeat(images, 3, axis=-1)  # noqa: PLR2004 - RGB
