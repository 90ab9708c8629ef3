"""Preprocessed images: one read from its file, or a whole set kept on disk, so that memory does not grow with it."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from service.scoring.image import decode, preprocess
from service.scoring.manifest import InputSpec
from training.data.folder import LIMITS
from training.data.normal_set import ImageFile
from training.progress import Progress

IN_FLIGHT = 64
"""Images being decoded at once; bounds memory whatever the size of the folder."""


def read_preprocessed(path: Path, spec: InputSpec) -> NDArray[np.uint8]:
    """Read one image file as the graph takes it, uint8 [height, width, channels].

    Raises:
        ImageRejected, OSError: if it cannot be read.
    """
    return preprocess(decode(path.read_bytes(), LIMITS), spec)


class PreprocessedImages:
    """Images at the graph's input size, uint8 [n, height, width, channels], in one memory-mapped file.

    Decoding a camera's image costs far more than a training step on it; here each is decoded once, and the
    kernel keeps in memory only what there is room for.
    """

    def __init__(self, images: Sequence[ImageFile], spec: InputSpec, folder: Path, progress: Progress) -> None:
        """Decode, preprocess and write all images into a file in `folder`."""
        self.spec = spec
        shape = (len(images), spec.height, spec.width, spec.channels)
        self._pixels: NDArray[np.uint8] = np.memmap(
            folder / f"{id(self)}.uint8", dtype=np.uint8, mode="w+", shape=shape
        )
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for start in progress.track(range(0, len(images), IN_FLIGHT), "preparing", -(-len(images) // IN_FLIGHT)):
                chunk = images[start : start + IN_FLIGHT]
                for offset, pixels in enumerate(pool.map(self._prepare, chunk)):
                    self._pixels[start + offset] = pixels

    @classmethod
    def of(cls, pixels: NDArray[np.uint8], spec: InputSpec) -> Self:
        """Images that are preprocessed already, uint8 [n, height, width, channels]."""
        images = cls.__new__(cls)
        images.spec = spec
        images._pixels = pixels  # noqa: SLF001 - its own
        return images

    def __len__(self) -> int:
        return len(self._pixels)

    def __getitem__(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """The images at these rows, read from the file."""
        return np.asarray(self._pixels[rows])

    def batches(self, size: int = 16) -> Iterator[NDArray[np.uint8]]:
        """All images in order, uint8 [at most size, height, width, channels]."""
        for start in range(0, len(self), size):
            yield np.asarray(self._pixels[start : start + size])

    def _prepare(self, image: ImageFile) -> NDArray[np.uint8]:
        return read_preprocessed(image.path, self.spec)
