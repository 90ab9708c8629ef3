"""Speed against detection: the graphs that `make bench-detection` fitted, timed in turn, and the curve as a picture."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from statistics import mean, median
from time import thread_time

import matplotlib as mpl

from deploy.benchmarks.result_cache import Case, Row
from deploy.benchmarks.speed.graph.operators import read_operators
from deploy.devtools.paths import BUILD
from deploy.devtools.results import write_figures
from training.backend.quiet import quiet
from training.backend.timing import Timed, medians

GRAPHS = BUILD / "bench-detection"
"""One for each set and model: that of the seed measured last."""

FIGURES = BUILD / "bench-detection-speed.json"
PICTURE = BUILD / "bench-detection.svg"

ROUNDS = 60

Column = tuple[str, str]
"""Title of a model, and precision."""


@dataclass(frozen=True, slots=True)
class GraphSpeed:
    """Of the graphs of one column."""

    ms: float
    """Processor time on one thread: the median, then the median over sets."""
    multiply_adds: int
    """Median over sets."""


def keep_graph(case: Case, graph: bytes) -> None:
    """Keep the graph of a row, in place of those of other seeds and of older code."""
    path = _path(case.path.name, (case.model.title, case.precision), case.basis)
    GRAPHS.mkdir(parents=True, exist_ok=True)
    for older in GRAPHS.glob(f"{path.stem.partition('-')[0]}-*"):
        older.unlink()
    path.write_bytes(graph)


def graph_speeds(rows: Sequence[Row], rounds: int = ROUNDS) -> dict[Column, GraphSpeed]:
    """The speed of each column whose graphs are there, measured now: all take turns, on one thread each."""
    known = {(row.set, column_of(row)): _path(row.set, column_of(row), row.basis) for row in rows}
    graphs = {key: path.read_bytes() for key, path in known.items() if path.exists()}
    with quiet():  # the first run writes to stderr which delegate it uses
        taken = medians([Timed(graph, 1, thread_time) for graph in graphs.values()], rounds) if graphs else []
        found: dict[Column, list[GraphSpeed]] = {}
        for ((_, column), graph), milliseconds in zip(graphs.items(), taken, strict=True):
            macs = sum(each.macs for each in read_operators(graph))
            found.setdefault(column, []).append(GraphSpeed(milliseconds, macs))
    return {
        column: GraphSpeed(median(each.ms for each in of), round(median(each.multiply_adds for each in of)))
        for column, of in found.items()
    }


def write_curve(rows: Sequence[Row], speeds: Mapping[Column, GraphSpeed]) -> None:
    """Write the curve as figures and as a picture; nothing without speeds."""
    if not speeds:
        return
    columns = [
        {"model": model, "precision": precision, **asdict(speed), "image_auroc": mean_auroc(rows, (model, precision))}
        for (model, precision), speed in speeds.items()
    ]
    write_figures(FIGURES, {"columns": columns})
    _plot(rows, speeds, PICTURE)


def column_of(row: Row) -> Column:
    return row.model, row.precision


def mean_auroc(rows: Sequence[Row], column: Column, name: str | None = None) -> float | None:
    """Of a set, or of all without a name; None if there is none."""
    found = [row.image_auroc for row in rows if name in (None, row.set) and column_of(row) == column]
    known = [auroc for auroc in found if auroc is not None]
    return mean(known) if known else None


def _plot(rows: Sequence[Row], speeds: Mapping[Column, GraphSpeed], path: Path) -> None:
    """Image AUROC against milliseconds: the mean over sets with its models' names, and each set as a thin line."""
    mpl.use("svg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - after the backend is chosen

    ordered = sorted(speeds, key=lambda column: speeds[column].ms)
    milliseconds = [speeds[column].ms for column in ordered]
    figure, axes = plt.subplots(figsize=(8, 5), layout="constrained")
    for name in dict.fromkeys(row.set for row in rows):
        of_set = [_number(mean_auroc(rows, column, name)) for column in ordered]
        axes.plot(milliseconds, of_set, ".-", lw=0.7, label=name)
    found = [_number(mean_auroc(rows, column)) for column in ordered]
    axes.plot(milliseconds, found, "ko-", lw=2, label="mean")
    for column, x, y in zip(ordered, milliseconds, found, strict=True):
        axes.annotate(" ".join(column), (x, y), (4, -12), textcoords="offset points", fontsize=8)
    axes.set_xlabel("milliseconds of the graph on one thread")
    axes.set_ylabel("image AUROC, mean over seeds")
    axes.legend(fontsize=7)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
    plt.close(figure)


def _number(auroc: float | None) -> float:
    """Not a number leaves a gap in a line."""
    return float("nan") if auroc is None else auroc


def _path(name: str, column: Column, basis: str) -> Path:
    return GRAPHS / f"{sha256(repr((name, column)).encode()).hexdigest()[:16]}-{basis}.tflite"
