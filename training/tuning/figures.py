"""Figures of `search` and `elbow`, as PNG that reads on light and on dark pages."""

from collections.abc import Sequence

import numpy as np

from training.report.plotting import DEFECT, INK, LIMIT, NORMAL, blank, png


def search_figure(aurocs: Sequence[float]) -> bytes:
    """The AUROC of synthetic defects by trial, and the best so far."""
    figure, axes = blank()
    numbers = np.arange(1, len(aurocs) + 1)
    best = int(np.argmax(aurocs))
    axes.plot(numbers, aurocs, "o", color=INK, markersize=4, label="trial")
    axes.step(numbers, np.maximum.accumulate(aurocs), where="post", color=NORMAL, label="best so far")
    axes.plot(best + 1, aurocs[best], "o", color=DEFECT, label=f"best: trial {best + 1}, {aurocs[best]:.4f}")
    axes.locator_params(axis="x", integer=True)
    axes.set_xlabel("trial")
    axes.set_ylabel("AUROC of synthetic defects")
    return png(figure, axes)


def elbow_figure(latents: Sequence[int], errors: Sequence[float], knee: int | None) -> bytes:
    """Error on validation images by latent size; the knee is marked."""
    from matplotlib.ticker import NullLocator  # noqa: PLC0415 - as in blank

    figure, axes = blank()
    axes.plot(latents, errors, "o-", color=NORMAL, label="validation images")
    if knee is not None:
        axes.axvline(knee, color=LIMIT, linestyle="--", label=f"knee: {knee}")
    axes.set_xscale("log", base=2)
    axes.set_xticks(list(latents), [str(latent) for latent in latents])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel("latent size")
    axes.set_ylabel("reconstruction error")
    return png(figure, axes)
