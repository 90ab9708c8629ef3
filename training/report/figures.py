"""The report's figures, as PNG that reads on light and on dark pages."""

from collections.abc import Mapping, Sequence

import numpy as np

from service.scoring.manifest import Calibration
from training.calibration.score_order import ScoreOrder
from training.report.plotting import DEFECT, INK, LIMIT, NORMAL, blank, png
from training.statistics.detection_metrics import Scores, roc
from training.statistics.trend import running_median
from training.trainer.result import History, Latents, MapPrices


def loss_curve(history: History) -> bytes:
    """Loss by epoch; the epoch whose weights were kept is marked."""
    figure, axes = blank()
    epochs = np.arange(1, len(history.loss) + 1)
    axes.plot(epochs, history.loss, color=NORMAL, label="fit")
    axes.plot(epochs, history.validation_loss, color=DEFECT, label="validation")
    axes.plot(
        history.best + 1, history.validation_loss[history.best], "o", color=DEFECT, label=f"kept: {history.best + 1}"
    )
    axes.set_yscale("log")
    axes.locator_params(axis="x", integer=True)
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss")
    return png(figure, axes)


def score_histogram(calibration: Calibration, good: Sequence[float], defects: Sequence[float]) -> bytes:
    """Scores in units of the threshold: calibration normals, and test images if there are any."""
    from matplotlib.ticker import LogLocator, NullFormatter  # noqa: PLC0415 - as in blank

    figure, axes = blank()
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
    if calibration.review_threshold is not None:
        ratio = calibration.review_threshold / calibration.threshold
        axes.axvline(ratio, color=LIMIT, linestyle=":", label="to review")
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("score ÷ threshold")
    axes.set_ylabel("% of the set")
    return png(figure, axes)


def order_curve(order: ScoreOrder, threshold: float) -> bytes:
    """Calibration scores in units of the threshold, first image to last, with a running median."""
    figure, axes = blank()
    ratios, places = np.asarray(order.scores) / threshold, np.arange(1, len(order.scores) + 1)
    axes.plot(places, ratios, ".", color=INK, markersize=4, label="calibration images")
    axes.plot(places, running_median(ratios.tolist(), max(2, len(ratios) // 16)), color=NORMAL, label="running median")
    axes.axhline(1.0, color=LIMIT, linestyle="--", label="threshold")
    axes.set_ylim(0.0, 1.05 * min(2.0, max(1.0, ratios.max())))  # one part far off would press all others flat
    axes.set_xlabel(f"place by {order.order}")
    axes.set_ylabel("score ÷ threshold")
    return png(figure, axes)


def roc_curve(normals: Scores, defects: Scores, threshold: float) -> bytes:
    """Defects flagged against false alarms for every threshold; the one in force is marked."""
    figure, axes = blank()
    axes.plot([0, 100], [0, 100], color=INK, linestyle=":", linewidth=1, label="guessing")
    axes.plot(*(100.0 * rates for rates in roc(normals, defects)), color=NORMAL, label="every threshold")
    flagged = [100.0 * (scores > threshold).mean() for scores in (normals, defects)]
    axes.plot(
        *flagged, "o", color=LIMIT, label=f"the threshold: {flagged[1]:.1f} % at {flagged[0]:.1f} %", clip_on=False
    )
    axes.set_xlim(-1, 100)
    axes.set_ylim(0, 101)
    axes.set_xlabel("% of normal test images flagged")
    axes.set_ylabel("% of defects flagged")
    return png(figure, axes)


def map_curve(prices: MapPrices) -> bytes:
    """Synthetic defects found against milliseconds an image, as anomaly maps are added; the maps' names beside it."""
    figure, axes = blank()
    found = [each.together for each in prices.worths]
    axes.plot(prices.ms_after, found, "o-", color=NORMAL, label="with this map and those before it")
    for each, milliseconds in zip(prices.worths, prices.ms_after, strict=True):
        axes.annotate(
            each.name, (milliseconds, each.together), (4, -12), textcoords="offset points", color=INK, fontsize=8
        )
    axes.axvline(prices.ms_before, color=INK, linestyle=":", label="backbone and autoencoder")
    axes.margins(0.1, 0.15)
    axes.set_xlabel("milliseconds an image, one thread")
    axes.set_ylabel("AUROC, synthetic")
    return png(figure, axes)


def latent_scatter(groups: Mapping[str, Latents]) -> bytes:
    """Latents [n, size] of groups of images on the two principal components of the first group's."""
    from matplotlib import colormaps  # noqa: PLC0415 - as in blank

    figure, axes = blank()
    normals, *_ = groups.values()
    mean = normals.mean(axis=0)
    _, spread, directions = np.linalg.svd(normals - mean, full_matrices=False)
    percent = 100.0 * spread**2 / max(float((spread**2).sum()), float(np.finfo(np.float32).tiny))
    colours = [INK, *colormaps["tab10"].colors]  # type: ignore[attr-defined] # a list of colours, as documented
    for number, (group, latents) in enumerate(groups.items()):
        positions = (latents - mean) @ directions[:2].T
        name = f" {group} ({len(latents)})"  # a label that begins with an underscore is not shown
        axes.plot(*positions.T, ".", color=colours[number % len(colours)], label=name, markersize=7, alpha=0.7)
    axes.set_xlabel(f"first principal component ({percent[0]:.0f} % of the normal spread)")
    axes.set_ylabel(f"second ({percent[1]:.0f} %)")
    return png(figure, axes)
