"""The report's figures, as PNG that reads on light and on dark pages."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from service.scoring.manifest import Calibration
from training.learned import History

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#8a93a0"
"""A grey with contrast enough against both white and near-black."""
NORMAL, DEFECT, LIMIT = "#2a9d8f", "#e76f51", "#d1495b"
WIDTH, HEIGHT, DPI = 6.4, 3.2, 150


def loss_curve(history: History) -> bytes:
    """Loss by round; the round whose weights were kept is marked."""
    figure, axes = _blank()
    rounds = np.arange(1, len(history.loss) + 1)
    axes.plot(rounds, history.loss, color=NORMAL, label="fit")
    axes.plot(rounds, history.validation_loss, color=DEFECT, label="validation")
    axes.plot(
        history.best + 1, history.validation_loss[history.best], "o", color=DEFECT, label=f"kept: {history.best + 1}"
    )
    axes.set_yscale("log")
    axes.locator_params(axis="x", integer=True)
    axes.set_xlabel("round")
    axes.set_ylabel("loss")
    return _png(figure, axes)


def score_histogram(calibration: Calibration, good: Sequence[float], defects: Sequence[float]) -> bytes:
    """Scores in units of the threshold: calibration normals, and test images if there are any."""
    from matplotlib.ticker import LogLocator, NullFormatter  # noqa: PLC0415 - as in _blank

    figure, axes = _blank()
    sets = {
        f"calibration normals ({calibration.n})": (calibration.scores, INK),
        f"test normals ({len(good)})": (good, NORMAL),
        f"test defects ({len(defects)})": (defects, DEFECT),
    }
    shown = {label: (np.asarray(scores) / calibration.threshold, colour) for label, (scores, colour) in sets.items()}
    largest = max(ratios.max(initial=1.0) for ratios, _ in shown.values())
    # Ratios of one set may span decades: equal steps on a logarithmic axis show normals and defects alike.
    smallest = min(ratios.min(initial=1.0) for ratios, _ in shown.values())
    edges = np.geomspace(max(smallest, 1e-3) / 1.05, largest * 1.05, 41)
    for label, (ratios, colour) in shown.items():
        if len(ratios):
            weights = np.full(len(ratios), 100.0 / len(ratios))
            axes.hist(ratios, bins=edges.tolist(), weights=weights, color=colour, alpha=0.55, label=label)
    axes.axvline(1.0, color=LIMIT, linestyle="--", label="threshold")
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("score ÷ threshold")
    axes.set_ylabel("% of the set")
    return _png(figure, axes)


def _blank() -> "tuple[Figure, Axes]":
    from matplotlib.figure import Figure  # noqa: PLC0415 - takes a second, which other commands need not wait

    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DPI, layout="constrained")
    return figure, figure.subplots()


def _png(figure: "Figure", axes: "Axes") -> bytes:
    axes.set_facecolor("none")
    axes.tick_params(colors=INK, which="both", labelsize=8)
    axes.xaxis.label.set_color(INK)
    axes.yaxis.label.set_color(INK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(INK)
    axes.grid(axis="y", color=INK, alpha=0.2)
    axes.legend(frameon=False, labelcolor=INK, fontsize=8)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", transparent=True)
    return buffer.getvalue()
