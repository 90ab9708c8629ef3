"""Results as tables on a terminal."""

from rich import box
from rich.console import Console
from rich.table import Table

from service.scoring.manifest import Evaluation
from training.listing import Row

WIDTH = 100
"""At least so wide: an id that was cut off could not be copied; rather let a narrow terminal break the lines."""


def results() -> Console:
    """The console for results: stdout."""
    return Console(width=max(WIDTH, Console().width))


def show_rows(rows: list[Row], console: Console) -> None:
    """Print the bundles of a store."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), caption="* champion", caption_justify="left")
    for title in ("stream", "bundle", "", "created", "autoencoder"):
        table.add_column(title, no_wrap=True)
    for title in ("budget", "threshold", "n", "AUROC"):
        table.add_column(title, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            row.stream,
            row.bundle,
            "*" if row.champion else "",
            "damaged" if row.created_at is None else row.created_at.strftime("%Y-%m-%d"),
            row.autoencoder or "",
            "" if row.false_alarm_rate is None else f"{row.false_alarm_rate:g}",
            "" if row.threshold is None else f"{row.threshold:.4g}",
            "" if row.n is None else str(row.n),
            "" if row.image_auroc is None else f"{row.image_auroc:.3f}",
        )
    console.print(table)


def show_evaluation(evaluation: Evaluation, console: Console) -> None:
    """Print what was flagged of which kind, and the image AUROC."""
    table = Table("test images", box=box.SIMPLE_HEAD)
    for title in ("flagged", "of", "share"):
        table.add_column(title, justify="right")
    counted = {
        "normal (false alarms)": (evaluation.false_alarms, evaluation.normal),
        **evaluation.by_kind,
        "all defects": (evaluation.defects_flagged, evaluation.defects),
    }
    for kind, (flagged, sent) in counted.items():
        table.add_row(kind, str(flagged), str(sent), f"{flagged / sent:.1%}" if sent else "")
    console.print(table)
    if evaluation.image_auroc is not None:
        console.print(f"image AUROC {evaluation.image_auroc:.3f}")
