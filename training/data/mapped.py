"""Arrays in files: what grows with the number of images lies on disk, and memory keeps what there is room for."""

import math
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.errors import TrainingError


def mapped(file: Path, dtype: np.dtype[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """A new array, memory-mapped in a file for which there is room: a write to a full disk would end the process.

    Raises:
        TrainingError: if there is no room.
    """
    size = math.prod(shape) * dtype.itemsize
    try:
        with file.open("wb") as content:
            os.posix_fallocate(content.fileno(), 0, size)
    except OSError as error:
        raise TrainingError(
            f"expected room for {size / 1e9:.1f} GB in {file.parent}, found: {error.strerror}; free some, or set TMPDIR"
        ) from error
    return np.memmap(file, dtype=dtype, mode="r+", shape=shape)
