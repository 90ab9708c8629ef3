"""What is read for each image that is restored: its pixels, what is hidden of it, its clean original."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service.scoring.decoding import decode_for
from service.scoring.image import ImageRejected, Size
from service.scoring.input_spec import InputSpec
from service.scoring.preprocessing import preprocess
from service.scoring.window import fitted, roi_box
from training.data.exclusions import ExclusionReason, LeftOut
from training.data.folder import read_mask
from training.data.pixels import LIMITS, read_image
from training.pictures.painting import Hidden
from training.pictures.partners import NamedImage, Partners
from training.trainer.result import Image


@dataclass(frozen=True, slots=True)
class Input:
    """Preprocessed, uint8 [height, width, channels]; bool [height, width] where it is hidden."""

    pixels: Image
    hidden: Hidden | None
    original: Image | None


@dataclass
class Inputs:
    """Reads images with what belongs to them; counts what it cannot use."""

    spec: InputSpec
    masks: Partners | None
    originals: Partners | None
    left_out: list[LeftOut] = field(default_factory=list)

    def read(self, image: NamedImage) -> Input | None:
        """None if the image is left out: damaged, or without a mask that can be used."""
        read = _pixels(image.path, self.spec)
        hidden = None
        if not isinstance(read, LeftOut) and self.masks is not None:
            hidden = _hidden(self.masks, image, read.size, self.spec)
        if isinstance(read, LeftOut) or isinstance(hidden, LeftOut):
            self.left_out += [each for each in (read, hidden) if isinstance(each, LeftOut)]
            return None
        original = None if self.originals is None else _original(self.originals, image, read.size, self.spec)
        if isinstance(original, LeftOut):
            self.left_out.append(original)
            original = None
        return Input(read.pixels, hidden, original)


@dataclass(frozen=True, slots=True)
class _Read:
    pixels: Image
    size: Size
    """(height, width) before it was preprocessed, upright."""


def _pixels(path: Path, spec: InputSpec) -> _Read | LeftOut:
    try:
        decoded = decode_for(read_image(path), LIMITS, spec)
        return _Read(preprocess(decoded.pixels, spec), decoded.size)
    except (OSError, ImageRejected) as error:
        return LeftOut(path, ExclusionReason.UNREADABLE, str(error))


def _hidden(masks: Partners, image: NamedImage, size: Size, spec: InputSpec) -> Hidden | LeftOut:
    path = masks.of(image.name)
    if path is None:
        return LeftOut(image.path, ExclusionReason.NO_MASK, f"none of its name in {masks.root}")
    try:
        mask = read_mask(path)
    except (OSError, ImageRejected) as error:
        return LeftOut(image.path, ExclusionReason.UNUSABLE_MASK, f"{path}: {error}")
    if mask.shape != size:
        found = f"{path} is {mask.shape[1]}x{mask.shape[0]} for an image that is {size[1]}x{size[0]} upright"
        return LeftOut(image.path, ExclusionReason.UNUSABLE_MASK, found)
    hidden = preprocessed_mask(mask, spec)
    if hidden.all() or not hidden.any():
        how = "white: nothing is seen" if hidden.all() else "black: nothing is to be painted in"
        return LeftOut(image.path, ExclusionReason.UNUSABLE_MASK, f"{path} is wholly {how}")
    return hidden


def _original(originals: Partners, image: NamedImage, size: Size, spec: InputSpec) -> Image | LeftOut:
    path = originals.of(image.name)
    if path is None:
        return LeftOut(image.path, ExclusionReason.NO_ORIGINAL, f"none of its name in {originals.root}")
    read = _pixels(path, spec)
    if isinstance(read, LeftOut):
        return read
    if read.size != size:
        found = f"{path} is {read.size[1]}x{read.size[0]}, the image {size[1]}x{size[0]}"
        return LeftOut(image.path, ExclusionReason.NO_ORIGINAL, found)
    return read.pixels


def preprocessed_mask(mask: NDArray[np.bool_], spec: InputSpec) -> Hidden:
    """A mask as large as an image, as the graph sees it: hidden is every pixel that any of it falls on."""
    plain = spec.model_copy(update={"channels": 1, "bit_depth": 8, "black": 0.0, "white": 1.0, "ignored": ""})
    hidden = preprocess(np.where(mask, np.uint8(255), np.uint8(0)), plain)[..., 0] > 0
    if spec.resize == "pad":  # the mean of the mask's border is around it
        left, top, right, bottom = roi_box((mask.shape[0], mask.shape[1]), spec)
        height, width = fitted((bottom - top, right - left), spec)
        row, column = (spec.height - height) // 2, (spec.width - width) // 2
        within = np.zeros_like(hidden)
        within[row : row + height, column : column + width] = True
        hidden &= within
    return hidden
