"""A frozen camera: one picture in so many files of a set that the line was not seen."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from training.data.naming import named
from training.errors import TrainingError

SHARE = 0.1
"""Of the images of a set: up to this share may be one picture, copied by accident."""

FEW = 5
"""Up to this many files of one picture are an accident in any set."""


def refuse_frozen_camera(pictures: Iterable[tuple[str, Path]]) -> None:
    """Look for a picture, known by the digest of its pixels, that stands in too many of the files.

    Two shots of a line never agree in every pixel, as the sensor's noise differs; a camera or a driver that gives its
    last frame again does. How many parts were then not seen is not known, so the set promises nothing.

    Raises:
        TrainingError: if one picture is more than SHARE of the images, and more than FEW; or all there is.
    """
    files = defaultdict[str, list[Path]](list)
    for digest, path in pictures:
        files[digest].append(path)
    total = sum(map(len, files.values()))
    most = max(files.values(), key=len, default=[])
    if len(most) > max(FEW, SHARE * total) or len(most) == total > 1:
        raise TrainingError(
            f"expected images of different parts, found the same pixels in {len(most)} of {total} images "
            f"({named(most)}), as from a frozen camera; remove the copies, and images taken meanwhile"
        )
