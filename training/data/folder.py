"""A folder of images in MVTec layout: normal images, labelled test images, defect masks."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service.scoring.formats.signatures import is_image_file_name
from training.data.pixels import read_pixels
from training.errors import TrainingError

GOOD = "good"
"""The folder name of normal images in MVTec layout."""


@dataclass(frozen=True, slots=True)
class TestImage:
    """A labelled image; `kind` is its folder's name, `good` for a normal one; `mask` is the file of its defect mask."""

    __test__ = False  # not a pytest class

    path: Path
    kind: str
    mask: Path | None = None

    @property
    def is_defect(self) -> bool:
        return self.kind != GOOD


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things are in DATA: files meant as normal images, all else that is no folder, test images."""

    normal: tuple[Path, ...]
    others: tuple[Path, ...]
    tests: tuple[TestImage, ...]


def find_layout(data: Path) -> Layout:
    """Look at the names in DATA: an MVTec-layout folder (`train/good`, `test/<kind>`), or a folder of normal images.

    Raises:
        TrainingError: if DATA is no folder, or has test images but no `train/good`.
    """
    if not data.is_dir():
        raise TrainingError(f"expected DATA to be a folder of normal images, found no folder at {data}; check the path")
    good = data / "train" / GOOD
    if not good.is_dir() and (data / "test").is_dir():
        raise TrainingError(
            f"expected normal images in {good} because {data} has a test folder, found none; "
            "put them there, or give the folder of normal images alone"
        )
    root = good if good.is_dir() else data
    files = sorted(path for path in root.rglob("*") if not path.is_dir())
    return Layout(
        normal=tuple(path for path in files if _is_image(path)),
        others=tuple(path for path in files if not _is_image(path)),
        tests=tuple(find_tests(data)) if good.is_dir() else (),
    )


def find_tests(data: Path) -> list[TestImage]:
    """The labelled images under `test/<kind>/`, sorted by path; none if `data` has no such folder.

    The mask of `test/<kind>/<stem>.<suffix>` is `ground_truth/<kind>/<stem>_mask.png`, if there is one.

    Raises:
        TrainingError: if `data` is no folder.
    """
    if not data.is_dir():
        raise TrainingError(f"expected a folder of images, found no folder at {data}; check the path")
    root = data / "test"
    files = sorted(path for path in root.glob("*/**/*") if _is_image(path))
    found = []
    for path in files:
        name = path.relative_to(root)
        mask = data / "ground_truth" / name.parent / f"{name.stem}_mask.png"
        found.append(TestImage(path, kind=name.parts[0], mask=mask if mask.is_file() else None))
    return found


def read_mask(path: Path) -> NDArray[np.bool_]:
    """Where a defect is, bool [height, width]: wherever the mask's image is not black.

    Raises:
        ImageRejected, OSError: if it cannot be read.
    """
    pixels = read_pixels(path)
    marked: NDArray[np.bool_] = np.any((pixels > 0).reshape(*pixels.shape[:2], -1), axis=2)
    return marked


def _is_image(path: Path) -> bool:
    return is_image_file_name(path) and path.is_file()
