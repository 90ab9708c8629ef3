"""Looks at normal images and sessions of drawing, without reading a folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.support.drawn_parts import write_image
from training.data.normal_set import ImageFile
from training.progress import silent
from training.region.chosen_images import ChosenImages
from training.region.normal_look import NormalLook, look_at
from training.region.saved import RegionFolder
from training.region.session import Session
from training.region.suggestion import suggest

SIDE = 96
STAMP = slice(80, 90), slice(30, 66)
"""Rows and columns of the field with another number in each image."""


def stamped_part(seed: int, *, stamp: bool = True, wander: float = 1.0) -> NDArray[np.uint8]:
    """A grey disc with rings on black, uint8 [SIDE, SIDE]; `wander` is how far it lies off, in pixels."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:SIDE, 0:SIDE] - SIDE / 2 + 6.0
    dx, dy = random.uniform(-wander, wander, 2)
    radius = np.hypot(rows - dy + 4.0, columns - dx - 6.0)
    light = random.uniform(0.95, 1.05)
    image = np.where(radius < 30, light * (120 + 60 * np.cos(radius / 3)), 10) + random.normal(0, 2, (SIDE, SIDE))
    if stamp:
        field = np.repeat(np.repeat(random.integers(0, 2, (5, 18)), 2, axis=0), 2, axis=1)
        image[STAMP] = np.where(field, 230, 20)
    return np.clip(image, 0, 255).astype(np.uint8)


def chosen_of(folder: Path, images: Sequence[NDArray[Any]]) -> ChosenImages:
    """Write images of one size as PNG and take all of them, each for a part of its own."""
    files = []
    for place, image in enumerate(images):
        path = write_image(folder / f"{place:03}.png", image)
        height, width = image.shape[:2]
        files.append(ImageFile(path, str(place), height, width, image.dtype.itemsize * 8, image.ndim == 3))
    return ChosenImages(tuple(files), len(files), 0, ())


def session_of(folder: Path, saved_mask: NDArray[np.bool_] | None = None, images: int = 24) -> Session:
    """A session on stamped parts in `folder`/data that saves to `folder`/out."""
    chosen = chosen_of(folder / "data", [stamped_part(seed) for seed in range(images)])
    look = look_at(chosen, silent())
    out = RegionFolder(folder / "out")
    out.check(folder / "data")
    suggestion = suggest(look, chosen.height, chosen.width)
    return Session(folder / "data", chosen, look, suggestion, out, None, None, saved_mask)


def decoded(png: bytes) -> NDArray[np.uint8]:
    """The pixels of a PNG."""
    found = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    assert found is not None
    return found.astype(np.uint8)


def read_png(path: Path) -> NDArray[np.uint8]:
    """The pixels of a grey 8-bit PNG."""
    found = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert found is not None
    assert (str(found.dtype), found.ndim) == ("uint8", 2)
    return found.astype(np.uint8)


def look_of(images: list[NDArray[np.uint8]], folder: Path) -> NormalLook:
    """The look of images."""
    return look_at(chosen_of(folder, images), silent())
