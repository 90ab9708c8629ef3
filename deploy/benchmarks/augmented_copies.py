"""`python -m deploy.benchmarks.augmented_copies`: a folder that was augmented before training, and its false alarms."""

import argparse
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from deploy.benchmarks.coverage import METHODS, RATE, Outcome, Prepared, prepared_set
from deploy.benchmarks.datasets import find_sets
from deploy.benchmarks.models import Model, read_models
from deploy.devtools.results import write_figures
from training.data.folder import find_layout
from training.data.folds import CalibrationMethod
from training.data.normal_set import ImageFile, NormalSet, scan
from training.data.pixels import read_pixels
from training.errors import TooFewImages, TrainingError
from training.pipelines.part_report import report_parts
from training.progress import Progress

PHOTOGRAPHS = 60
COPIES = (4, 6)
"""Of each photograph, besides itself: fewest and most."""

MOST_NEW = 200

FIGURES = Path("build/bench-copies.json")

Pixels = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Found:
    """How the copies of a set were grouped; pairs are of two files, and right if these are of one photograph."""

    set: str
    images: int
    photographs: int
    parts: int
    right: int
    wrong: int
    missed: int


def main() -> None:
    """Measure, print the tables, write the figures; a user's mistake ends with one sentence and status 2."""
    parser = argparse.ArgumentParser(prog="python -m deploy.benchmarks.augmented_copies")
    parser.add_argument("data", type=Path, help="folder of sets in MVTec layout")
    parser.add_argument("--sets", nargs="*", default=[], help="names of sets (default: all of the folder)")
    parser.add_argument("--seed", type=int, default=0, help="of the choice of photographs and of their copies")
    parser.add_argument("--model", default="feature", help="an autoencoder, with options as in feature:epochs=3")
    arguments = parser.parse_args()
    found: list[Found] = []
    outcomes: list[tuple[str, Outcome | None]] = []
    try:
        (model,) = read_models([arguments.model])
        for path in find_sets(arguments.data, arguments.sets, {}):
            grouped, tried = measure(path, model, arguments.seed, Progress())
            found.append(grouped)
            outcomes += tried
    except TrainingError as error:
        sys.exit(f"bench-copies: {error}")
    write_figures(
        FIGURES,
        {
            "model": model.title,
            "grouping": [asdict(each) for each in found],
            "outcomes": [{"parts": parts, **asdict(each)} for parts, each in outcomes if each],
        },
    )
    print(grouping_table(found))
    print(false_alarm_table(found, outcomes))


def measure(path: Path, model: Model, seed: int, progress: Progress) -> tuple[Found, list[tuple[str, Outcome | None]]]:
    """Copies of some photographs of a set: how they are grouped, and false alarms on the others, which are new.

    An outcome is of parts as they were `found`, or of `images`, each its own part; None where there are too few.

    Raises:
        TrainingError: if the set cannot be used.
    """
    rng = np.random.default_rng(seed)
    files = find_layout(path).normal
    order = rng.permutation(len(files))
    with TemporaryDirectory(prefix="linewatch-copies-") as name:
        known, new = Path(name) / "known", Path(name) / "new"
        for number in order[:PHOTOGRAPHS]:
            _write(known, files[number].stem, _with_copies(read_pixels(files[number]), rng))
        for number in order[PHOTOGRAPHS : PHOTOGRAPHS + MOST_NEW]:
            _write(new, files[number].stem, [read_pixels(files[number])])
        augmented, others = (scan(find_layout(folder), progress) for folder in (known, new))
        report_parts(augmented, len(augmented.images) - augmented.parts, by_name=False, progress=progress)  # as `fit`
        return _grouping(path.name, augmented.images), _tried(path.name, augmented, others, model, seed, progress)


def _tried(
    name: str, augmented: NormalSet, others: NormalSet, model: Model, seed: int, progress: Progress
) -> list[tuple[str, Outcome | None]]:
    own = {image.digest for image in augmented.images}
    both = replace(
        augmented, images=(*augmented.images, *(image for image in others.images if image.digest not in own))
    )
    alone = [replace(image, duplicate_of=None) for image in augmented.images]
    with prepared_set(both, model, progress) as prepared:
        return [
            (parts, _outcome(prepared, name, method, known, others.images, seed))
            for method in METHODS
            for parts, known in (("images", alone), ("found", augmented.images))
        ]


def _outcome(
    prepared: Prepared,
    name: str,
    method: CalibrationMethod,
    known: Sequence[ImageFile],
    new: Sequence[ImageFile],
    seed: int,
) -> Outcome | None:
    try:
        return prepared.outcome(name, method, known, new, seed)
    except TooFewImages:
        return None


def _write(folder: Path, stem: str, pictures: Sequence[Pixels]) -> None:
    folder.mkdir(exist_ok=True)
    for number, picture in enumerate(pictures):
        done, png = cv2.imencode(".png", picture[..., ::-1] if picture.ndim == 3 else picture)  # noqa: PLR2004 - colour
        if not done:
            msg = f"expected OpenCV to encode a picture of {stem}"
            raise ValueError(msg)
        (folder / f"{stem}#{number}.png").write_bytes(png.tobytes())


def _with_copies(picture: Pixels, rng: np.random.Generator) -> list[Pixels]:
    """A photograph and its copies."""
    return [picture, *(augmented_copy(picture, rng) for _ in range(rng.integers(COPIES[0], COPIES[1] + 1)))]


def augmented_copy(picture: Pixels, rng: np.random.Generator) -> Pixels:
    """One of the eight symmetries; half turned by up to 10 degrees, half cropped, most relit."""
    copy = np.ascontiguousarray(np.rot90(picture[:, ::-1] if rng.random() < 0.5 else picture, int(rng.integers(4))))  # noqa: PLR2004 - half
    height, width = copy.shape[:2]
    if rng.random() < 0.5:  # noqa: PLR2004 - half
        turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), rng.uniform(-10, 10), 1.0)
        copy = np.asarray(cv2.warpAffine(copy, turn, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8)
    if rng.random() < 0.5:  # noqa: PLR2004 - half
        share = rng.uniform(0.7, 0.95)
        down, right = (int(rng.uniform(0, (1 - share) * side)) for side in (height, width))
        cropped = copy[down : down + int(share * height), right : right + int(share * width)]
        copy = np.asarray(cv2.resize(cropped, (width, height)), np.uint8)
    if rng.random() < 0.6:  # noqa: PLR2004 - most
        lit = (copy / 255.0) ** rng.uniform(0.75, 1.3) * rng.uniform(0.75, 1.25) + rng.uniform(-0.08, 0.08)
        copy = np.clip(255.0 * lit, 0, 255).astype(np.uint8)
    return copy


def _grouping(name: str, images: Sequence[ImageFile]) -> Found:
    groups: dict[str, list[str]] = defaultdict(list)
    by_photograph: dict[str, int] = defaultdict(int)
    for image in images:
        photograph = image.path.name.split("#")[0]
        groups[image.part].append(photograph)
        by_photograph[photograph] += 1
    joined = [one == other for members in groups.values() for one, other in combinations(members, 2)]
    pairs = sum(count * (count - 1) // 2 for count in by_photograph.values())
    right = sum(joined)
    return Found(name, len(images), len(by_photograph), len(groups), right, len(joined) - right, pairs - right)


def grouping_table(found: Sequence[Found]) -> str:
    """Markdown: how many of the pairs of copies were found, and how many were joined wrongly."""
    lines = ["| set | images | photographs | parts found | pairs of copies found | pairs of different files joined |"]
    lines.append("|---|---|---|---|---|---|")
    lines += [
        f"| {each.set} | {each.images} | {each.photographs} | {each.parts} | "
        f"{each.right / max(1, each.right + each.missed):.1%} | {each.wrong} |"
        for each in found
    ]
    return "\n".join(lines)


def false_alarm_table(found: Sequence[Found], outcomes: Sequence[tuple[str, Outcome | None]]) -> str:
    """Markdown: the share of new images flagged, at a budget of RATE, with images and with parts counted."""
    columns = [f"{method}, {parts}" for method in METHODS for parts in ("each image a part", "parts found")]
    lines = [
        f"| new images flagged of a budget of {RATE:.0%} | {' | '.join(columns)} |",
        f"|---|{'---|' * len(columns)}",
    ]
    for number, each in enumerate(found):
        own = outcomes[number * len(columns) : (number + 1) * len(columns)]
        cells = (f"{made.flagged / made.new:.1%}" if made else "refused: too few parts" for _, made in own)
        lines.append(f"| {each.set} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
