"""Preprocessed images: one read from its file, or a whole set kept on disk, so that memory does not grow with it."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service.scoring.decoding import decode_for
from service.scoring.input_spec import InputSpec
from service.scoring.preprocessing import preprocess
from training.data.mapped import mapped
from training.data.normal_set import ImageFile
from training.data.pixels import LIMITS, read_image
from training.data.selected import Selected
from training.data.tiled_images import TiledImages
from training.progress import Progress

WholeSet = NDArray[np.uint8] | TiledImages
"""All of a set as the autoencoder takes them, [n, height, width, channels]: a memory-mapped file, or its tiles."""

PreprocessedImages = WholeSet | Selected
"""The same of a set, or of a selection of it."""

BATCH = 16
"""Images in a batch where nothing is trained."""

IN_FLIGHT = 64
"""Images being decoded at once; bounds memory whatever the size of the folder."""


def read_preprocessed(path: Path, spec: InputSpec) -> NDArray[np.uint8]:
    """Read one image file as the graph takes it, uint8 [height, width, channels].

    Raises:
        ImageRejected, OSError: if it cannot be read.
    """
    return preprocess(decode_for(read_image(path), LIMITS, spec).pixels, spec)


def preprocess_files(
    images: Sequence[ImageFile], spec: InputSpec, folder: Path, name: str, progress: Progress
) -> NDArray[np.uint8]:
    """Decode and preprocess all images into a memory-mapped file in `folder`.

    Decoding a camera's image costs far more than a training step on it; here each is decoded once, and the
    kernel keeps in memory only what there is room for.
    """
    shape = (len(images), spec.height, spec.width, spec.channels)
    pixels = mapped(folder / f"{name}.uint8", np.dtype(np.uint8), shape)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in progress.track(range(0, len(images), IN_FLIGHT), "preprocessing", -(-len(images) // IN_FLIGHT)):
            paths = [image.path for image in images[start : start + IN_FLIGHT]]
            for row, image in enumerate(pool.map(partial(read_preprocessed, spec=spec), paths), start=start):
                pixels[row] = image
    return pixels


def batches(images: PreprocessedImages) -> Iterator[NDArray[np.uint8]]:
    """Images in order, up to BATCH at a time: nothing is read before it is used."""
    return (images[first : first + BATCH] for first in range(0, len(images), BATCH))


def number_of_batches(images: PreprocessedImages) -> int:
    """How many `batches` gives."""
    return -(-len(images) // BATCH)
