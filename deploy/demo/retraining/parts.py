"""Division of a folder of images into those to fit on and those of each phase."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path

from rich.console import Console

from deploy.demo.images import GOOD, LineImage, check_layout
from deploy.demo.renderer.defects import DEFECTS
from deploy.demo.renderer.render import write_line
from deploy.demo.retraining import lamp
from deploy.devtools.errors import DemoError
from service.scoring.image_folder import find_image_files, is_passed_over

DEFECT_SHARE = 0.1
"""Of the parts streamed: few enough that they are no burst."""

HELD_BACK = 3
"""One image in this many of a real set's train/good is not fitted on but streamed: its test/good is often small."""

RENDERED_NORMAL, RENDERED_PHASE = 200, 300


@dataclass(frozen=True)
class Parts:
    """A folder to fit on, and the parts of each phase.

    The two darkened phases are of different parts, so what is learnt from one is tested on the other. In the first
    phase all of these parts are seen under the good lamp.
    """

    fit_on: Path
    before: tuple[LineImage, ...]
    drifted: tuple[LineImage, ...]
    after: tuple[LineImage, ...]


def rendered_line(work: Path, *, seed: int, size: int, phase: int, console: Console) -> Path:
    """Render a line with enough parts for two phases; its folder."""
    total = 2 * phase
    per_defect = max(1, round(total * DEFECT_SHARE / len(DEFECTS)))
    test_good = max(2, total - per_defect * len(DEFECTS))
    console.print(f"Rendering {RENDERED_NORMAL} normal parts to fit on and {test_good} normal ones to stream …")
    folder = work / "line"
    write_line(folder, seed=seed, size=size, train_good=RENDERED_NORMAL, test_good=test_good, per_defect=per_defect)
    return folder


def divide(data: Path, work: Path, *, hold_back: bool, phase: int | None) -> Parts:
    """Divide a folder in MVTec layout by the hash of each file's content; up to `phase` parts in a phase.

    Links the images to fit on into `work/fit` and writes darkened images to `work/darker`. With `hold_back`, one in
    HELD_BACK of train/good is streamed instead.

    Raises:
        DemoError: if the folder is not as expected, or has too few parts.
    """
    check_layout(data)
    train = _by_content(data / "train" / GOOD)
    held_back = train[::HELD_BACK] if hold_back else []
    for number, path in enumerate(path for path in train if path not in set(held_back)):
        link = work / "fit" / "train" / GOOD / f"{number:05d}{path.suffix.lower()}"
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(path.resolve())
    folders = sorted(path for path in (data / "test").iterdir() if path.is_dir() and not is_passed_over(path.name))
    normals = sorted([*held_back, *_by_content(data / "test" / GOOD)], key=_digest)
    kinds = [[(path, folder.name) for path in _by_content(folder)] for folder in folders if folder.name != GOOD]
    if len(normals) < 2 or max(map(len, kinds), default=0) < 2:  # noqa: PLR2004 - one for each darkened phase
        raise DemoError(
            f"Expected at least 2 normal images to stream and 2 of a defect under {data / 'test'}, found "
            f"{len(normals)} and at most {max(map(len, kinds), default=0)}: give a larger set."
        )
    good = [(path, GOOD) for path in normals]
    dark = work / "darker"
    return Parts(
        fit_on=work / "fit",
        before=_phase("before", good, _mixed(kinds), phase),
        drifted=_darker(_phase("drifted", good[::2], _mixed([kind[::2] for kind in kinds]), phase), dark),
        after=_darker(_phase("after", good[1::2], _mixed([kind[1::2] for kind in kinds]), phase), dark),
    )


def again(images: Sequence[LineImage], name: str, most: int) -> tuple[LineImage, ...]:
    """The first `most` of these parts once more, as new ones."""
    return tuple(replace(image, part_id=f"{name}-{number:05d}") for number, image in enumerate(images[:most]))


Labelled = tuple[Path, str]


def _phase(
    name: str, normals: Sequence[Labelled], defects: Sequence[Labelled], most: int | None
) -> tuple[LineImage, ...]:
    """DEFECT_SHARE of the parts are defects, spread evenly."""
    total = min(most or len(normals) + len(defects), round(len(normals) / (1 - DEFECT_SHARE)))
    bad = min(len(defects), max(1, round(total * DEFECT_SHARE)))
    good = normals[: max(1, total - bad)]
    places = [((number + 0.5) / len(good), each) for number, each in enumerate(good)]
    places += [((number + 0.5) / bad, each) for number, each in enumerate(defects[:bad])]
    return tuple(
        LineImage(part_id=f"{name}-{number:05d}", path=path, label=label)
        for number, (_, (path, label)) in enumerate(sorted(places))
    )


def _mixed(kinds: Sequence[Sequence[Labelled]]) -> list[Labelled]:
    """One of each kind in turn, so that a few are of many kinds."""
    return [each for row in zip_longest(*kinds) for each in row if each is not None]


def _darker(images: Sequence[LineImage], folder: Path) -> tuple[LineImage, ...]:
    return tuple(
        replace(image, path=lamp.write_darker(image.path, folder / f"{image.part_id}.png")) for image in images
    )


def _by_content(folder: Path) -> list[Path]:
    """The images in a folder, in an order that their content alone decides."""
    return sorted(find_image_files(folder).images, key=_digest) if folder.is_dir() else []


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
