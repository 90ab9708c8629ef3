"""Generated images of small parts, as many as wanted: each another one, none a near-duplicate, all of one kind."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

BLOTCHES = 8
"""Positions of coarse shade, a side."""


def write_parts(folder: Path, images: int, side: int, seed: int = 0) -> Path:
    """Write `images` BMPs of `side` pixels to a folder, unless it has them; returns it."""
    if (folder / _name(images - 1)).is_file():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(images):
        Image.fromarray(part(np.random.default_rng([seed, number]), side)).save(folder / _name(number))
    return folder


def part(random: np.random.Generator, side: int) -> NDArray[np.uint8]:
    """A disc on a table, uint8 [side, side, 3]: cast metal, of which no two have the same surface."""
    across = np.linspace(-1.0, 1.0, side, dtype=np.float32)
    inside = (np.hypot(*np.meshgrid(across, across)) < random.uniform(0.75, 0.85)).astype(np.float32)
    coarse = random.normal(0.0, 1.0, (BLOTCHES, BLOTCHES)).astype(np.float32)
    fine = random.normal(0.0, 1.0, (side, side)).astype(np.float32)
    surface = 12.0 * cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC) + 6.0 * fine
    grey = 60.0 + inside * (90.0 + surface)
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[:, :, np.newaxis], 3, axis=2)


def _name(number: int) -> str:
    return f"{number:06}.bmp"
