"""Results as tables on a terminal."""

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from service.scoring.input_spec import InputSpec
from service.scoring.manifest import Calibration, Evaluation, Sensitivity
from service.scoring.printable import printable
from training.bundles.listing import Row
from training.evaluation.sensitivity import smallest_caught
from training.pictures.quality import mean
from training.pictures.restore import Restored

WIDTH = 100
"""Minimum width: an id that was cut off could not be copied; a narrow terminal breaks the lines instead."""

WIDEST = 1000
"""Maximum width of a table of bundles; no row is as long."""


def results() -> Console:
    """The console for results: stdout."""
    return Console(width=max(WIDTH, Console().width))


def show_lines(lines: Sequence[str], console: Console) -> None:
    """Print lines as they are; the terminal breaks those that are too long, so that they can be copied whole."""
    console.print(printable("\n".join(lines)), markup=False, highlight=False, soft_wrap=True)


def show_rows(rows: list[Row], console: Console) -> None:
    """Print the bundles of a store."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for title in ("stream", "bundle", "role", "created", "autoencoder"):
        table.add_column(title, no_wrap=True)
    for title in ("budget", "threshold", "n", "AUROC"):
        table.add_column(title, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            row.stream,
            row.bundle,
            "champion" if row.champion else "challenger" if row.challenger else "",
            "damaged" if row.created_at is None else row.created_at.strftime("%Y-%m-%d"),
            row.autoencoder or "",
            "" if row.false_alarm_rate is None else f"{row.false_alarm_rate:g}",
            "" if row.threshold is None else f"{row.threshold:.4g}",
            "" if row.n is None else str(row.n),
            "" if row.image_auroc is None else f"{row.image_auroc:.3f}",
        )
    table.width = console.measure(table, options=console.options.update(max_width=WIDEST)).maximum
    console.print(table, crop=False)  # nothing is cut: a narrow terminal breaks the lines


def show_evaluation(evaluation: Evaluation, calibration: Calibration, console: Console) -> None:
    """Print flagged images by kind, false alarms against the budget, and the other measures."""
    table = Table("test images", box=box.SIMPLE_HEAD)
    for title in ("flagged", "of", "share", "AUROC"):
        table.add_column(title, justify="right")
    counted = {
        "normal (false alarms)": (evaluation.false_alarms, evaluation.normal),
        **evaluation.by_kind,
        "all defects": (evaluation.defects_flagged, evaluation.defects),
    }
    for kind, (flagged, sent) in counted.items():
        if sent:
            auroc = evaluation.auroc_by_kind.get(kind)
            share = f"{flagged / sent:.1%}"
            table.add_row(
                escape(printable(kind)), str(flagged), str(sent), share, "" if auroc is None else f"{auroc:.3f}"
            )
    console.print(table)
    if evaluation.normals_to_review is not None:
        console.print(
            f"also to review: {evaluation.normals_to_review} normal images, {evaluation.defects_to_review} defects",
            markup=False,
            highlight=False,
        )
    measured = {
        f"image AUROC{_range(evaluation.image_auroc_interval, '.3f')}": evaluation.image_auroc,
        "average precision": evaluation.average_precision,
        "defects found at 1 % false alarms": evaluation.tpr_at_fpr_1pct,
        "defects found at 0.1 % false alarms": evaluation.tpr_at_fpr_01pct,
        f"AUPRO to 0.30 ({evaluation.masks} masks)": evaluation.aupro_30,
        f"AUPRO to 0.05 ({evaluation.masks} masks)": evaluation.aupro_5,
    }
    lines = [f"{value:.3f}  {what}" for what, value in measured.items() if value is not None]
    if evaluation.normal:
        found, interval = evaluation.false_alarms / evaluation.normal, evaluation.false_alarm_interval
        budget = calibration.false_alarm_rate
        lines.append(f"{found:.2%}  false alarms{_range(interval, '.2%')}, budget {100 * budget:.4g}%")
        if interval is not None and interval[0] > budget:
            lines.append("that is more than budget and chance explain: these images are not like the normal set")
    console.print("\n".join(lines), markup=False, highlight=False)


def show_sensitivity(sensitivity: Sensitivity, spec: InputSpec, console: Console) -> None:
    """Print the share of synthetic defects that is caught, by kind, size and contrast."""
    table = Table("synthetic defect", "size", box=box.SIMPLE_HEAD)
    for contrast in sensitivity.contrasts:
        table.add_column(f"flagged at contrast {contrast:.0%}", justify="right", max_width=12)
    for kind, rows in sensitivity.recall.items():
        for size, row in zip(sensitivity.sizes, rows, strict=True):
            name = kind if size == sensitivity.sizes[0] else ""
            table.add_row(name, f"{size:.0%}", *(f"{recall:.0%}" for recall in row))
    console.print(table)
    show_lines([smallest_caught(sensitivity, "scratch", max(spec.height, spec.width))], console)


def show_neighbours(rows: Sequence[tuple[str, float, float]], distance: str, console: Console) -> None:
    """Print images with their distance and their score, the nearest first."""
    table = Table("", "image", box=box.SIMPLE_HEAD)
    table.add_column(f"distance ({distance})", justify="right", no_wrap=True)
    table.add_column("score", justify="right", no_wrap=True)
    for place, (name, away, score) in enumerate(rows, start=1):
        table.add_row(str(place), escape(name), f"{away:.4g}", f"{score:.4g}")
    console.print(table)


def show_restored(done: Restored, console: Console) -> None:
    """Print how like its clean original each image was and is, and the means; nothing where there are no originals."""
    found = {printable(each.path): each.compared for each in done.images if each.compared is not None}
    if not found:
        return
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("image", overflow="fold")
    for title in ("PSNR of the input", "restored", "SSIM of the input", "restored"):
        table.add_column(title, justify="right", no_wrap=True)
    for name, each in [*found.items(), (f"mean of {len(found)}", mean([*found.values()]))]:
        sides = each.given, each.restored
        ratios = ["same" if side.psnr is None else f"{side.psnr:.2f} dB" for side in sides]
        table.add_row(escape(name), *ratios, *(f"{side.ssim:.3f}" for side in sides))
    console.print(table)


def _range(interval: tuple[float, float] | None, form: str) -> str:
    return "" if interval is None else f" (95 %: {interval[0]:{form}} to {interval[1]:{form}})"
