"""Colours, sizes and rendering of plots."""

import io
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#8a93a0"
"""A grey with contrast enough against both white and near-black."""

NORMAL, DEFECT, LIMIT = "#2a9d8f", "#e76f51", "#d1495b"

WIDTH, HEIGHT, DPI = 6.4, 3.2, 150


def blank() -> "tuple[Figure, Axes]":
    """An empty plot of the report's size."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - takes a second, which other commands need not wait

    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DPI, layout="constrained")
    return figure, figure.subplots()


def png(figure: "Figure", axes: "Axes") -> bytes:
    """A plot in the report's style, as PNG on a transparent background."""
    axes.set_facecolor("none")
    axes.tick_params(colors=INK, which="both", labelsize=8)
    axes.xaxis.label.set_color(INK)
    axes.yaxis.label.set_color(INK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(INK)
    axes.grid(axis="y", color=INK, alpha=0.2)
    # Above the plot: looking for the emptiest corner takes long, and warns when it does.
    legend = axes.legend(
        loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, frameon=False, labelcolor=INK, fontsize=8
    )
    for text in legend.get_texts():
        text.set_parse_math(False)  # a folder's name may have dollars in it
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)  # drawn as a box
        figure.savefig(buffer, format="png", transparent=True)
    return buffer.getvalue()
