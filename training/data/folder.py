"""A folder of images in MVTec layout: normal images, labelled test images, defect masks."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import compress
from operator import not_
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service.scoring.image_folder import ImageFolder, find_image_files
from service.scoring.printable import printable
from training.data.exclusions import ExclusionReason, LeftOut, passed_over
from training.data.ground_truth import GroundTruth
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
        return self.kind.casefold() != GOOD  # `Good`, as other systems' folders are called


@dataclass(frozen=True, slots=True)
class TestSet:
    """The labelled images of a folder, sorted by path, and what was left out beside them."""

    __test__ = False  # not a pytest class

    images: tuple[TestImage, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things are in DATA: files meant as normal images, test images, and all that is left out by its name."""

    normal: tuple[Path, ...]
    left_out: tuple[LeftOut, ...]
    tests: tuple[TestImage, ...]


def find_layout(data: Path) -> Layout:
    """Look at the names in DATA: an MVTec-layout folder (`train/good`, `test/<kind>`), or a folder of normal images.

    Raises:
        TrainingError: if DATA is no folder, or has test images but no `train/good`.
        OSError: if a folder of these cannot be looked through.
    """
    if not data.is_dir():
        raise TrainingError(f"expected DATA to be a folder of normal images, found no folder at {data}; check the path")
    good, test, truth = _folders(data)
    if not good.is_dir():
        if test.is_dir():
            raise TrainingError(
                f"expected normal images in {good} because {data} has a test folder, found none; "
                "put them there, or give the folder of normal images alone"
            )
        images, left_out = _regular(find_image_files(data))
        return Layout(images, left_out, ())
    _check_apart(good, test)
    images, left_out = _regular(find_image_files(good, within=(test, truth)))
    tests = find_tests(data)
    own = [good, test, truth, *(folder for folder in [good.parent] if folder.is_symlink())]
    used = {folder.resolve() for folder in {path.parent for path in (*images, *(test.path for test in tests.images))}}
    outside = _outside(find_image_files(data, within=(good, test, truth), apart=own), used)
    return Layout(images, (*left_out, *tests.left_out, *outside), tests.images)


def find_tests(data: Path) -> TestSet:
    """The labelled images under `test/<kind>/`, none if `data` has no such folder, with their masks.

    Raises:
        TrainingError: if `data` is no folder.
        OSError: if a folder of these cannot be looked through.
    """
    if not data.is_dir():
        raise TrainingError(f"expected a folder of images, found no folder at {data}; check the path")
    good, root, truth = _folders(data)
    if not root.is_dir():
        return TestSet()
    images, left_out = _regular(find_image_files(root, within=(good, truth)))
    masks = GroundTruth(data, (good, root))
    found, of_no_kind = [], []
    for path in images:
        name = path.relative_to(root)
        if len(name.parts) == 1:
            of_no_kind.append(LeftOut(path, ExclusionReason.OUTSIDE, "in no folder test/<kind>"))
        else:
            found.append(TestImage(path, kind=printable(name.parts[0]), mask=masks.mask_of(name)))
    return TestSet(tuple(found), (*left_out, *of_no_kind, *masks.left_out()))


def _check_apart(good: Path, test: Path) -> None:
    """Check that test images are not those to learn from, by a link.

    Raises:
        TrainingError: if they are.
    """
    learnt, tested = good.resolve(), test.resolve()
    if learnt.is_relative_to(tested) or tested.is_relative_to(learnt):
        raise TrainingError(
            f"expected test images apart from those in {good}, found that {test} leads to {tested}; "
            "make it a folder of its own, or remove it"
        )


def _folders(data: Path) -> tuple[Path, Path, Path]:
    return data / "train" / GOOD, data / "test", data / "ground_truth"


def _regular(found: ImageFolder) -> tuple[tuple[Path, ...], tuple[LeftOut, ...]]:
    """The files that can be read at once, and all else: a reader of a FIFO would wait."""
    is_regular = [_is_regular(path) for path in found.images]
    others = compress(found.images, map(not_, is_regular))
    no_file = (LeftOut(path, ExclusionReason.NOT_AN_IMAGE, "no regular file, or a link to nothing") for path in others)
    return tuple(compress(found.images, is_regular)), (*passed_over(found), *no_file)


def _is_regular(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # its reader will say why
        return True


def _outside(found: ImageFolder, used: Collection[Path]) -> Iterator[LeftOut]:
    """Images that are neither normal nor test images by their folder; other files there are nobody's concern.

    Those of `used` folders, by their real paths, are: links led there.
    """
    for folder, images in Counter(path.parent for path in found.images).items():
        if folder.resolve() in used:
            continue
        yield LeftOut(
            folder, ExclusionReason.OUTSIDE, f"images in neither train/good nor test/<kind>: {images}", images
        )
    yield from (each for each in passed_over(found) if each.why is not ExclusionReason.NOT_AN_IMAGE)


def read_mask(path: Path) -> NDArray[np.bool_]:
    """Where a defect is, bool [height, width]: wherever the mask's image is not black.

    Raises:
        ImageRejected, OSError: if it cannot be read.
    """
    pixels = read_pixels(path)
    marked: NDArray[np.bool_] = np.any((pixels > 0).reshape(*pixels.shape[:2], -1), axis=2)
    return marked
