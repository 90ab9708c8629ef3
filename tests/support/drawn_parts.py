"""Images of parts small enough to fit on in seconds: textured discs, and discs with plain defects."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 64
KINDS = ("scratch", "stain")


@dataclass(frozen=True, slots=True)
class Parts:
    """A folder in MVTec layout: its root, the normal images, unseen normal images, and the defects."""

    root: Path
    normals: list[Path]
    test_normals: list[Path]
    defects: list[Path]


def draw_part(
    seed: int, defect: str | None = None, *, bit_depth: int = 8, colour: bool = True, side: int = SIDE
) -> NDArray[Any]:
    """One part, uint8 or uint16, [side, side, 3] or mono [side, side]; the seed decides place, light and texture.

    16-bit parts use a narrow band of the full scale, as a 12-bit camera would.
    """
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:side, 0:side] / side - 0.5
    dx, dy = random.uniform(-0.02, 0.02, 2)
    radius = np.hypot(rows - dy, columns - dx)
    disc = np.clip((0.38 - radius) * side, 0.0, 1.0)
    rings = 0.06 * np.cos(40.0 * radius)
    grain = 0.015 * random.standard_normal((side, side))
    light = random.uniform(0.95, 1.05)
    part = light * (0.15 + disc * (0.45 + rings)) + grain
    if defect is not None:
        mark = _mark(defect, random, side)
        part = part * (1.0 - mark) + (0.95 if defect == "scratch" else 0.05) * mark
    tint = np.array([1.0, 0.9, 0.75]) if colour else np.array([1.0])
    shaded = np.clip(part[..., np.newaxis] * tint, 0.0, 1.0)
    pixels: NDArray[Any] = (
        np.round(1000 + shaded * 3000).astype(np.uint16) if bit_depth == 16 else np.round(shaded * 255).astype(np.uint8)
    )
    return pixels.squeeze()


def write_image(path: Path, image: NDArray[Any]) -> Path:
    """Write an image by its suffix, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), image[..., ::-1] if image.ndim == 3 else image)
    return path


def write_parts(
    root: Path,
    *,
    normals: int = 60,
    test_normals: int = 10,
    defects_of_each: int = 4,
    seed: int = 0,
    **appearance: Any,
) -> Parts:
    """Write parts in MVTec layout as PNG; `appearance` goes to `draw_part`."""
    first = 100_000 * seed

    def write(folder: str, count: int, offset: int, defect: str | None = None) -> list[Path]:
        return [
            write_image(root / folder / f"{i:03}.png", draw_part(first + offset + i, defect, **appearance))
            for i in range(count)
        ]

    return Parts(
        root=root,
        normals=write("train/good", normals, 0),
        test_normals=write("test/good", test_normals, 50_000),
        defects=[
            path
            for number, kind in enumerate(KINDS)
            for path in write(f"test/{kind}", defects_of_each, 60_000 + 10_000 * number, kind)
        ],
    )


def _mark(defect: str, random: np.random.Generator, side: int) -> NDArray[np.float64]:
    """Where the defect is, 0 to 1, [side, side]."""
    mark = np.zeros((side, side), np.uint8)
    y, x = (int(v) for v in side // 2 + random.integers(-side // 8, side // 8, 2))
    if defect == "scratch":
        cv2.line(mark, (x - side // 6, y - side // 10), (x + side // 6, y + side // 10), 255, max(1, side // 20))
    else:
        cv2.circle(mark, (x, y), side // 9, 255, -1)
    return mark / 255.0
