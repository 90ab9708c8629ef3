"""`python -m deploy.benchmarks.input_shapes`: detection with each kind of shape, region and tiles, on real sets."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from deploy.benchmarks.aligned import aligned_set
from deploy.benchmarks.datasets import find_sets
from deploy.benchmarks.models import Model, read_models
from deploy.devtools.results import write_figures
from service.scoring.bundle import BundleStore
from service.scoring.scorer import Scorer
from training.data.folder import Layout, find_layout
from training.data.framing import Framing, RoiRequest
from training.data.pixels import read_pixels
from training.data.tiling import TilesRequest
from training.errors import TrainingError
from training.pipelines.fit import fit
from training.pipelines.fit_request import FitRequest
from training.progress import Progress

RATE = 0.05

STRIP = 0.35
"""Height of a strip, as a share of its width."""

SQUARE = (256, 256)
ROUNDS = 20
FIGURES = Path("build/bench-shapes.json")

ROI = RoiRequest((0.1, 0.1, 0.8, 0.8), in_pixels=False)
ALIGNED = "aligned"
IGNORED, CORNER = "ignored corner", 0.25
"""Share of either side of the corner that is ignored."""


@dataclass(frozen=True, slots=True)
class Row:
    """A set under one framing: what the graph takes, how it detects, and its milliseconds on one thread."""

    set: str
    case: str
    input: str
    auroc: float
    found_at_1pct: float
    aupro_30: float | None
    ms: float


def main() -> None:
    """Measure, print the table, write the figures; a user's mistake ends with one sentence and status 2."""
    parser = argparse.ArgumentParser(prog="python -m deploy.benchmarks.input_shapes")
    parser.add_argument("data", type=Path, help="folder of sets in MVTec layout")
    parser.add_argument("--sets", nargs="*", default=[], help="names of sets (default: all of the folder)")
    parser.add_argument("--cases", nargs="*", default=[], help=f"of {', '.join(CASES)} (default: all)")
    parser.add_argument("--model", default="feature", help="an autoencoder, with options as in feature:epochs=3")
    arguments = parser.parse_args()
    rows: list[Row] = []
    try:
        (model,) = read_models([arguments.model])
        for path in find_sets(arguments.data, arguments.sets, {}):
            for case in arguments.cases or CASES:
                for row in measure(path, case, model, Progress()):
                    rows.append(row)  # each takes minutes: what is measured is kept
                    write_figures(FIGURES, {"model": model.title, "rows": [asdict(row) for row in rows]})
    except (TrainingError, KeyError) as error:
        sys.exit(f"bench-shapes: {error}")
    finally:
        if rows:
            print(table(rows))


def measure(path: Path, case: str, model: Model, progress: Progress) -> Iterator[Row]:
    """One case on a set: before and after.

    Raises:
        TrainingError: if there is no such case, or the set cannot be used.
    """
    if case not in CASES:
        raise TrainingError(f"expected a case of {', '.join(CASES)}, found {case}")
    with TemporaryDirectory(prefix="linewatch-shapes-") as name:
        folder = Path(name)
        layout = find_layout(path)
        data = _strips(layout, folder / "strips") if case == "strip" else path
        if data is None:
            return
        for title, framing in CASES[case].items():
            if title == ALIGNED:
                data = aligned_set(layout, folder / "aligned")
            ignore = _corner(layout, folder / "ignore.png") if title == IGNORED else None
            yield _row(path.name, f"{case}: {title}", data, replace(framing, ignore=ignore), model, progress)


CASES: dict[str, dict[str, Framing]] = {
    "strip": {"square": Framing(SQUARE, resize="stretch"), "proportions": Framing(resize="stretch")},
    "resize": {"stretch": Framing(SQUARE, resize="stretch"), "pad": Framing(SQUARE, resize="pad")},
    "region": {"whole": Framing(SQUARE, resize="stretch"), "roi 80 %": Framing(SQUARE, ROI, resize="stretch")},
    "ignore": {"nothing": Framing(SQUARE, resize="stretch"), IGNORED: Framing(SQUARE, resize="stretch")},
    "align": {"as they lie": Framing(SQUARE, resize="stretch"), ALIGNED: Framing(SQUARE, resize="stretch")},
    "tiles": {
        "one": Framing(SQUARE, resize="stretch"),
        "2x2 without overlap": Framing(SQUARE, resize="stretch", tiles=TilesRequest(2, 2, 0.0)),
        "2x2": Framing(SQUARE, resize="stretch", tiles=TilesRequest(2, 2)),
        "2x2 overlapping by half": Framing(SQUARE, resize="stretch", tiles=TilesRequest(2, 2, 0.5)),
        "one of 512": Framing((512, 512), resize="stretch"),
    },
}
"""What is compared: the first of each is without it."""


def _row(name: str, case: str, data: Path, framing: Framing, model: Model, progress: Progress) -> Row:
    with TemporaryDirectory() as store:
        request = FitRequest(
            data=data,
            stream="shapes",
            store=BundleStore(Path(store)),
            autoencoder=model.name,
            options=model.options,
            false_alarm_rate=RATE,
            calibration="split",
            framing=framing,
        )
        bundle = fit(request, progress).bundle
        manifest = bundle.manifest
        milliseconds = _milliseconds(Scorer(bundle, threads=1))
    found, spec = manifest.evaluation, manifest.input
    if found is None or found.image_auroc is None:
        raise TrainingError(f"expected test images with and without defects in {data}, found too few")
    return Row(
        set=name,
        case=case,
        input=f"{spec.height}x{spec.width}",
        auroc=found.image_auroc,
        found_at_1pct=found.tpr_at_fpr_1pct or 0.0,
        aupro_30=found.aupro_30,
        ms=milliseconds,
    )


def _milliseconds(scorer: Scorer) -> float:
    spec, times = scorer.input, list[float]()
    blank = np.zeros((spec.height, spec.width, spec.channels), np.uint8)
    for _ in range(ROUNDS):
        started = perf_counter()
        scorer.run(blank)
        times.append(1000.0 * (perf_counter() - started))
    return median(times)


def _strips(layout: Layout, folder: Path) -> Path | None:
    """The middle of each image as a long strip; defects that lie elsewhere are left out. None without masks."""
    if not any(test.mask for test in layout.tests):
        return None
    for number, path in enumerate(layout.normal):
        _write(folder / "train" / "good" / f"{number:04}.png", _strip(read_pixels(path)))
    for number, test in enumerate(layout.tests):
        mask = _strip(read_pixels(test.mask)) if test.mask else None
        if test.is_defect and (mask is None or not mask.any()):
            continue
        _write(folder / "test" / test.kind / f"{number:04}.png", _strip(read_pixels(test.path)))
        if mask is not None:
            _write(folder / "ground_truth" / test.kind / f"{number:04}_mask.png", mask)
    return folder


def _strip(image: NDArray[Any]) -> NDArray[Any]:
    height, width = image.shape[:2]
    tall = min(height, round(STRIP * width))
    top = (height - tall) // 2
    return image[top : top + tall]


def _corner(layout: Layout, path: Path) -> Path:
    height, width = read_pixels(layout.normal[0]).shape[:2]
    mask = np.zeros((height, width), np.uint8)
    mask[: round(CORNER * height), : round(CORNER * width)] = 255
    _write(path, mask)
    return path


def _write(path: Path, image: NDArray[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), image[..., ::-1] if image.ndim == 3 else image)  # noqa: PLR2004 - RGB


def table(rows: Sequence[Row]) -> str:
    """Markdown: one row for each fit."""
    lines = ["| set | case | input | AUROC | found at 1 % | AUPRO | ms |", "|---|---|---|---|---|---|---|"]
    lines += [
        f"| {row.set} | {row.case} | {row.input} | {row.auroc:.3f} | {row.found_at_1pct:.3f} | "
        f"{'' if row.aupro_30 is None else f'{row.aupro_30:.3f}'} | {row.ms:.1f} |"
        for row in rows
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
