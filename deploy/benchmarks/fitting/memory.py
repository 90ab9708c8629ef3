"""`python -m deploy.benchmarks.fitting.memory`: memory, disk and time of a fit, from a thousand to many images.

Fits on generated images of 64 pixels a side, in one epoch: what grows with the number of images grows alike at any size
and length. Prints one Markdown table; the same figures go to build/bench-memory.json, and as a picture beside it.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import get_args

from deploy.benchmarks.fitting.parts import write_parts
from deploy.benchmarks.fitting.watched import Watched, watch
from deploy.devtools.errors import ToolingError
from deploy.devtools.machine import machine_block
from deploy.devtools.paths import BUILD, CACHE
from deploy.devtools.results import write_figures
from training.data.folds import CalibrationMethod

SIZES = (1000, 5000, 20_000)
AUTOENCODERS = ("feature", "conv")
SIDE, EPOCHS = 64, 1
MOST_COMPARED = 2000
"""Images among which near-duplicates are sought: the time of it grows with their square, its memory does not."""
MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Row:
    """One fit."""

    autoencoder: str
    images: int
    watched: Watched


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, write figures and picture; what is missing ends with one sentence and status 2."""
    options = _parser().parse_args(arguments)
    try:
        rows = [
            _said(measure(name, images, options.calibration))
            for images in options.sizes
            for name in options.autoencoders
        ]
    except ToolingError as error:
        print(f"bench-memory: {error}", file=sys.stderr)
        return 2
    rows.sort(key=lambda row: (options.autoencoders.index(row.autoencoder), row.images))
    print(table(rows))
    machine = machine_block()
    print(f"\n{machine['cpu']}, {machine['cores']} cores, Python {machine['python']}, images of {SIDE} x {SIDE} pixels")
    write_figures(options.figures, {"rows": [asdict(row) for row in rows]})
    draw(rows, options.figures.with_suffix(".png"))
    return 0


def measure(autoencoder: str, images: int, calibration: CalibrationMethod) -> Row:
    """Fit in a process of its own, and watch it.

    Raises:
        DemoError: if the fit fails.
    """
    data = write_parts(CACHE / "bench" / f"parts-{images}", images, SIDE)
    with tempfile.TemporaryDirectory() as folder:
        store, temporary = Path(folder) / "store", Path(folder) / "temporary"
        program = [sys.executable, "-m", "deploy.benchmarks.fitting.one_fit", str(MOST_COMPARED)]
        command: list[str | Path] = [*program, "fit", data, "--store", store, "--stream", "parts"]
        command += ["--autoencoder", autoencoder, "--image-size", str(SIDE), "--epochs", str(EPOCHS)]
        command += ["--calibration", calibration]
        return Row(autoencoder, images, watch(command, temporary, {}))


def _said(row: Row) -> Row:
    print(table([row]).splitlines()[-1], file=sys.stderr)
    return row


def table(rows: Sequence[Row]) -> str:
    """The rows as Markdown."""
    titles = ("", "images", "own memory, MB", "pages of files, MB", "temporary files, MB", "seconds")
    lines = [f"| {' | '.join(titles)} |", "|---" * len(titles) + "|"]
    for row in rows:
        seen = row.watched
        sizes = " | ".join(f"{each / MEBIBYTE:.0f}" for each in (seen.own, seen.mapped, seen.disk))
        lines.append(f"| {row.autoencoder} | {row.images} | {sizes} | {seen.seconds:.0f} |")
    return "\n".join(lines)


def draw(rows: Sequence[Row], file: Path) -> None:
    """Memory over images, one line for each autoencoder."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - takes a second to import

    figure = Figure(figsize=(6, 3.5), layout="constrained")
    axes = figure.subplots()
    for name in dict.fromkeys(row.autoencoder for row in rows):
        mine = [row for row in rows if row.autoencoder == name]
        axes.plot([row.images for row in mine], [row.watched.own / MEBIBYTE for row in mine], "o-", label=name)
    axes.set(xscale="log", xlabel="normal images", ylabel="most own memory of a fit, MB", ylim=(0, None))
    axes.legend()
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=150)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.benchmarks.fitting.memory", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of normal images")
    parser.add_argument("--autoencoders", nargs="+", default=AUTOENCODERS)
    parser.add_argument("--calibration", choices=get_args(CalibrationMethod), default="cross")
    parser.add_argument("--figures", type=Path, default=BUILD / "bench-memory.json", help="file of figures")
    return parser


if __name__ == "__main__":
    sys.exit(main())
