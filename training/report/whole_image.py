"""A whole image in the report, hatched where it is not scored."""

from pathlib import Path

import numpy as np
from PIL import Image

from service.scoring.input_spec import InputSpec
from service.scoring.preprocessing import to_uint8
from service.scoring.unscored import unscored_layer
from training.data.pixels import pixels_or_none
from training.report.images import jpeg, shrunk

SIDE = 640
"""Longest side of the picture, in pixels."""


def hatched_picture(path: Path, spec: InputSpec) -> str:
    """The image in a file as a data URI; empty if all of it is scored, or it cannot be read any more."""
    if spec.roi is None and not spec.ignored:
        return ""
    pixels = pixels_or_none(path)
    if pixels is None:
        return ""
    layer = unscored_layer((pixels.shape[0], pixels.shape[1]), spec)
    if layer is None:
        return ""
    shown = shrunk(np.atleast_3d(to_uint8(pixels, spec.black, spec.white)), SIDE)
    picture = Image.fromarray(shown if shown.shape[2] > 1 else shown[..., 0]).convert("RGBA")
    picture.alpha_composite(layer.convert("RGBA").resize(picture.size, Image.Resampling.NEAREST))
    return jpeg(np.asarray(picture.convert("RGB")))
