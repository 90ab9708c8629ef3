"""The normal images that a region is drawn on: a bounded number, all of one size."""

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from training.data.exclusions import LeftOut
from training.data.folder import find_layout
from training.data.normal_set import ImageFile, scan
from training.progress import Progress

IMAGES = 200
"""As many show what differs; more take their time and change little."""


@dataclass(frozen=True, slots=True)
class ChosenImages:
    """Images of one size and bit depth, and how many were not taken."""

    images: tuple[ImageFile, ...]
    found: int
    """Files in the normal set."""
    of_other_sizes: int
    """Of those that were looked at."""
    left_out: tuple[LeftOut, ...]

    @property
    def height(self) -> int:
        """In pixels, as stored and turned by EXIF."""
        return self.images[0].height

    @property
    def width(self) -> int:
        """In pixels, as stored and turned by EXIF."""
        return self.images[0].width


def choose_images(data: Path, most: int, progress: Progress) -> ChosenImages:
    """Look at up to `most` images of a folder, spread over it evenly; what counts is as for a fit.

    Raises:
        TrainingError: if no image is usable, or the set is one that a fit refuses.
        OSError: if a folder cannot be looked through.
    """
    layout = find_layout(data)
    found = len(layout.normal)
    places = np.linspace(0, found - 1, min(most, found)).round().astype(int)
    normal = scan(replace(layout, normal=tuple(layout.normal[place] for place in places)), progress)
    (size, _), *_ = Counter((image.height, image.width) for image in normal.images).most_common()
    images = tuple(image for image in normal.images if (image.height, image.width) == size)
    return ChosenImages(images, found, len(normal.images) - len(images), normal.left_out)
