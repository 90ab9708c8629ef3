"""Residuals of images on disk: they are gone through more than once, and memory must not grow with the set."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.backend.litert import Run
from training.data.preprocessed import PreprocessedImages, batches


def keep_residuals(
    residuals: Run, normals: Sequence[PreprocessedImages], folder: Path
) -> dict[int, NDArray[np.float16]]:
    """Of each stage, float16 [n, h, w, channels], on disk in a new folder."""
    folder.mkdir()
    n = sum(len(images) for images in normals)
    kept: dict[int, NDArray[np.float16]] = {}
    done = 0
    for batch in (batch for images in normals for batch in batches(images)):
        for name, found in residuals(batch).items():
            stage = int(name)
            if stage not in kept:
                kept[stage] = np.memmap(folder / name, np.float16, mode="w+", shape=(n, *found.shape[1:]))
            kept[stage][done : done + len(batch)] = found
        done += len(batch)
    return kept
