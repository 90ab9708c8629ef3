"""Areas that are never scored, read from a mask that a person drew."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service.scoring.ignored import pack_mask
from service.scoring.image import ImageRejected
from service.scoring.input_spec import InputSpec
from service.scoring.preprocessing import preprocess
from training.data.normal_set import ImageFile
from training.data.pixels import read_pixels
from training.errors import TrainingError

ALIKE = 0.01
"""How far the proportions of images may be from those of the mask, if their sizes differ."""


def ignored_areas(path: Path, images: Sequence[ImageFile], spec: InputSpec) -> str:
    """A mask in a file as `InputSpec.ignored`: whatever takes anything from a white pixel is ignored.

    The mask goes the way of the images through preprocessing, so that both lie on each other.

    Args:
        path: an image as large as the images, white where nothing is scored.
        images: those that it is for.
        spec: the graph's input, without ignored areas.

    Raises:
        TrainingError: if it cannot be read, is of another size, or leaves nothing to ignore or to score.
    """
    white = _read(path)
    height, width = white.shape
    others = {(image.height, image.width) for image in images} - {(height, width)}
    odd = [size for size in others if abs(size[1] * height / (size[0] * width) - 1.0) > ALIKE]
    if odd:
        raise TrainingError(
            f"expected {path} to be as large as the images, or of their proportions, found {width}x{height} pixels "
            f"among images of {odd[0][1]}x{odd[0][0]}; draw it again with linewatch-train region"
        )
    mono = spec.model_copy(update={"channels": 1, "bit_depth": 8, "black": 0.0, "white": 1.0, "ignored": ""})
    mask = preprocess(np.where(white, np.uint8(255), np.uint8(0)), mono)[..., 0] > 0
    if not mask.any() or mask.all():
        which = "all" if mask.any() else "no"
        raise TrainingError(
            f"expected {path} to be white where nothing is scored and black elsewhere, found {which} pixels of the "
            "region of interest white; draw it again, or leave --ignore out"
        )
    return pack_mask(mask)


def _read(path: Path) -> NDArray[np.bool_]:
    """Bool [height, width]: true where it is white."""
    try:
        pixels = read_pixels(path)
    except (OSError, ImageRejected) as error:
        raise TrainingError(f"expected --ignore to name a mask as an image, found {path}: {error}") from error
    brightest = pixels.max(axis=2) if pixels.ndim == 3 else pixels  # noqa: PLR2004 - colour
    white: NDArray[np.bool_] = brightest > np.iinfo(pixels.dtype).max // 2
    return white
