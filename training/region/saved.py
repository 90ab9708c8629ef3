"""What is saved: `ignore.png`, white where nothing is scored, and `region.json`; and the command that uses them."""

import math
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from service.scoring.image import ImageRejected
from training.bundles.files import not_written, replace_file
from training.data.pixels import read_pixels
from training.errors import TrainingError
from training.region.box import Box
from training.region.chosen_images import ChosenImages

IGNORE, REGION = "ignore.png", "region.json"

_WHITE_FROM = 128
_STREAM = "STREAM"
"""Stands for the stream's name in the command."""


class ImagesUsed(BaseModel):
    """Which images the region was drawn on."""

    used: int
    found: int
    of_other_sizes: int


class Region(BaseModel):
    """What `region.json` holds; sizes and boxes in pixels of the original images, turned by EXIF."""

    model_config = ConfigDict(extra="ignore")

    data: str
    width: int
    height: int
    roi: Box | None
    ignored_share: float
    """Of the whole image, 0 to 1."""
    ignored_share_of_roi: float
    """Of the region of interest; of the whole image if there is none."""
    suggestion_taken: list[str]
    """Of `surround`, `changing` and `roi`."""
    images: ImagesUsed
    drawn_by: Literal["person", "suggestion"]


@dataclass(frozen=True, slots=True)
class RegionFolder:
    """The folder that a region is saved in."""

    path: Path

    @property
    def ignore(self) -> Path:
        return self.path / IGNORE

    @property
    def region(self) -> Path:
        return self.path / REGION

    def check(self, data: Path) -> None:
        """Check that files can be put there before any image is read.

        Raises:
            TrainingError: if it lies within DATA, where a mask would be taken for an image, or cannot be made.
        """
        if self.path.resolve().is_relative_to(data.resolve()):
            raise TrainingError(
                f"expected --out outside of {data}, where {IGNORE} would be taken for an image, found {self.path}; "
                "give another folder"
            )
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise not_written(self.path, error) from error

    def read(self) -> Region | None:
        """What was saved before; None if nothing was.

        Raises:
            TrainingError: if it is no region.
        """
        try:
            return Region.model_validate_json(self.region.read_bytes())
        except FileNotFoundError:
            return None
        except (ValidationError, OSError) as error:
            raise TrainingError(
                f"expected {self.region} to be as linewatch-train region writes it, found something else; "
                "give another --out, or remove it"
            ) from error

    def read_mask(self, height: int, width: int) -> NDArray[np.bool_] | None:
        """The mask that was saved before, bool [height, width]; None if there is none.

        Raises:
            TrainingError: if it cannot be read, or is of another size.
        """
        if not self.ignore.exists():
            return None
        try:
            pixels = read_pixels(self.ignore)
        except (ImageRejected, OSError) as error:
            raise TrainingError(
                f"expected {self.ignore} to be a mask to go on with, found: {error}; give another --out, or remove it"
            ) from error
        if pixels.shape[:2] != (height, width):
            raise TrainingError(
                f"expected {self.ignore} to be {width}x{height} as most images are, found "
                f"{pixels.shape[1]}x{pixels.shape[0]}; give another --out, or remove it"
            )
        white = np.iinfo(pixels.dtype).max // 255 * _WHITE_FROM
        ignored: NDArray[np.bool_] = pixels.reshape(height, width, -1).min(axis=2) >= white
        return ignored

    def write(self, mask: NDArray[np.bool_], region: Region) -> None:
        """Write mask and region, each as a whole or not at all.

        Raises:
            TrainingError: if one cannot be written.
        """
        replace_file(self.ignore, encoded(mask.astype(np.uint8) * 255))
        replace_file(self.region, region.model_dump_json(indent=1) + "\n")


def encoded(pixels: NDArray[np.uint8]) -> bytes:
    """A picture as PNG: grey [height, width], or blue, green, red (and opacity) [height, width, 3 or 4]."""
    done, png = cv2.imencode(".png", pixels)
    if not done:
        raise RuntimeError("expected OpenCV to encode a PNG")
    return png.tobytes()


def region_of(
    data: Path,
    chosen: ChosenImages,
    mask: NDArray[np.bool_],
    roi: Box | None,
    taken: list[str],
    drawn_by: Literal["person", "suggestion"],
) -> Region:
    """What is saved about a mask and a region of interest.

    Raises:
        TrainingError: if nothing of the image would be left to score.
    """
    if roi is not None and roi.is_whole(chosen.height, chosen.width):
        roi = None
    if roi is not None and not roi.is_within(chosen.height, chosen.width):
        raise TrainingError(
            f"expected a region of interest within {chosen.width}x{chosen.height} pixels, found {roi}; make it smaller"
        )
    inside = mask if roi is None else mask[roi.y : roi.y + roi.height, roi.x : roi.x + roi.width]
    if inside.all():
        raise TrainingError(
            "expected something left to score, found that all of the region of interest is ignored; erase some"
        )
    return Region(
        data=str(data.resolve()),
        width=chosen.width,
        height=chosen.height,
        roi=roi,
        ignored_share=float(mask.mean()),
        ignored_share_of_roi=float(inside.mean()),
        suggestion_taken=taken,
        images=ImagesUsed(used=len(chosen.images), found=chosen.found, of_other_sizes=chosen.of_other_sizes),
        drawn_by=drawn_by,
    )


def next_command(data: Path, folder: RegionFolder, region: Region, stream: str | None) -> str:
    """The fit with this region, as a line for a shell."""
    words = ["linewatch-train", "fit", str(data), "--stream", stream or _STREAM]
    if region.roi is not None:
        words += ["--roi", _in_per_cent(region.roi, region) if region.images.of_other_sizes else str(region.roi)]
    if region.ignored_share_of_roi:
        words += ["--ignore", str(folder.ignore)]
    return shlex.join(words)


def _in_per_cent(roi: Box, region: Region) -> str:
    """As `fit --roi` takes it for images of several sizes; rounded down, to stay within them."""
    shares = roi.x / region.width, roi.y / region.height, roi.width / region.width, roi.height / region.height
    return ",".join(f"{math.floor(100_000 * share) / 1000:g}%" for share in shares)
