"""How normal images look at each place: the mean of them, the spread, and what of it differs or never does."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from training.data.grey import grey
from training.data.mapped import mapped
from training.data.normal_set import ImageFile
from training.data.pixels import read_pixels
from training.progress import Progress
from training.region.chosen_images import ChosenImages

SHOWN_SIDE = 1600
"""Longest side of the pictures on the page."""

COMPARED_SIDE = 512
"""Longest side at which images are compared: noise is averaged, and memory does not grow with the camera."""

FRAME = 0.03
"""Width, as a share of the longest side, of the frame whose median stands for the light in an image."""

WINDOW = 0.03
"""Side of the window, as a share of the longest side, in which an image is compared with the others."""

SMALLEST_WINDOW = 5
"""In pixels."""

NEARLY_ALL = 0.1
"""Of the images, this share may be otherwise."""

ROWS = 32
"""Read at a time where all images are compared."""

TAILS = (0.5, 99.5)
"""Percentiles between which grey values lie but for specks."""


@dataclass(frozen=True, slots=True)
class NormalLook:
    """What normal images have in common; all but the mean at COMPARED_SIDE, grey, as shares of the set's own range."""

    mean: NDArray[np.float32]
    """[height, width] or [height, width, 3] at SHOWN_SIDE, in the images' own values."""
    black: float
    white: float
    """The range of the images' own values."""
    median: NDArray[np.float32]
    spread: NDArray[np.float32]
    """From the 5 % darkest to the 5 % brightest images at each place."""
    span: NDArray[np.float32]
    """From the darkest to the brightest image at each place, with the light of each image made equal."""
    least_change: NDArray[np.float32]
    """How far an image is from the median around each place, at least, in nearly all images."""
    most_change: NDArray[np.float32]
    """The same, at most."""
    images: int
    parts: int
    """How many different ones the images show."""


def look_at(chosen: ChosenImages, progress: Progress) -> NormalLook:
    """Read each image once; memory holds a few of them, the rest is in a temporary file.

    Raises:
        ImageRejected, OSError: if an image cannot be read any more.
        TrainingError: if there is no room for the file.
    """
    height, width = scaled_size(chosen.height, chosen.width, COMPARED_SIDE)
    count = len(chosen.images)
    with TemporaryDirectory(prefix="linewatch-region-") as folder:
        stack = np.asarray(mapped(Path(folder) / "grey", np.dtype(np.float32), (count, height, width)))
        mean = _read(chosen.images, stack, progress)
        black, white = (float(each) for each in np.percentile(stack[:, ::4, ::4], TAILS))
        scale = max(white - black, 1.0)
        darkest, median, brightest = _quantiles(stack, (0.05, 0.5, 0.95))
        span = _span(stack)
        window = max(SMALLEST_WINDOW, round(WINDOW * max(height, width)) | 1)
        for each in stack:
            away = each - median
            away -= cv2.blur(away, (2 * window + 1, 2 * window + 1))  # light and shadow are no text
            each[:] = cv2.blur(np.abs(away), (window, window))
        least, most = _quantiles(stack, (NEARLY_ALL, 1.0 - NEARLY_ALL))
    return NormalLook(
        mean=mean,
        black=black,
        white=white,
        median=(median - np.float32(black)) / np.float32(scale),
        spread=(brightest - darkest) / np.float32(scale),
        span=span / np.float32(scale),
        least_change=least / np.float32(scale),
        most_change=most / np.float32(scale),
        images=count,
        parts=len({image.part for image in chosen.images}),
    )


def scaled_size(height: int, width: int, side: int) -> tuple[int, int]:
    """(height, width) of an image that is made no longer than `side`, never larger than it is."""
    shrink = min(1.0, side / max(height, width))
    return max(1, round(height * shrink)), max(1, round(width * shrink))


def scaled(pixels: NDArray[Any], side: int) -> NDArray[Any]:
    """An image made no longer than `side` by averaging, of the same dtype."""
    height, width = scaled_size(pixels.shape[0], pixels.shape[1], side)
    return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)


def _read(images: Sequence[ImageFile], stack: NDArray[np.float32], progress: Progress) -> NDArray[np.float32]:
    """Fill `stack` with the images in grey; their mean, in colour if any is."""
    channels = 3 if any(image.colour for image in images) else 1
    total: NDArray[np.float32] | float = 0.0
    for row, shown in enumerate(progress.track(_shown(images), "comparing images", len(images))):
        values = shown.astype(np.float32).reshape(*shown.shape[:2], -1)
        stack[row] = scaled(grey(values), COMPARED_SIDE)
        total = total + np.broadcast_to(values, (*values.shape[:2], channels))
    return np.asarray(total, np.float32).squeeze(axis=2 if channels == 1 else ()) / np.float32(len(images))


def _shown(images: Sequence[ImageFile]) -> Iterator[NDArray[Any]]:
    workers = os.cpu_count() or 1
    with ThreadPoolExecutor(workers) as pool:
        for first in range(0, len(images), workers):
            yield from pool.map(partial(read_shown, side=SHOWN_SIDE), images[first : first + workers])


def read_shown(image: ImageFile, side: int) -> NDArray[Any]:
    """Read an image as small as it is shown.

    Raises:
        ImageRejected, OSError: if it cannot be read.
    """
    return scaled(read_pixels(image.path), side)


def _quantiles(stack: NDArray[np.float32], shares: tuple[float, ...]) -> NDArray[np.float32]:
    """[len(shares), height, width] over the first axis, by rank, a few rows at a time."""
    ranks = [round(share * (len(stack) - 1)) for share in shares]
    found = np.empty((len(shares), *stack.shape[1:]), np.float32)
    for row in range(0, stack.shape[1], ROWS):
        rows = slice(row, row + ROWS)
        values = np.ascontiguousarray(np.moveaxis(stack[:, rows], 0, -1))
        values.partition(ranks, axis=-1)
        found[:, rows] = np.moveaxis(values[..., ranks], -1, 0)
    return found


def _span(stack: NDArray[np.float32]) -> NDArray[np.float32]:
    """Largest less smallest value at each place, without noise of single pixels and without the light of the image."""
    side = max(stack.shape[1:])
    frame = np.ones(stack.shape[1:], bool)
    inner = slice(max(1, round(FRAME * side)), -max(1, round(FRAME * side)))
    frame[inner, inner] = False
    least = np.full(stack.shape[1:], np.inf, np.float32)
    most = -least
    for each in stack:
        smooth = cv2.GaussianBlur(each, (0, 0), max(0.5, side / 256))
        smooth -= np.median(smooth[frame])
        np.minimum(least, smooth, out=least)
        np.maximum(most, smooth, out=most)
    return most - least
