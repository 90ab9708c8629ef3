"""The table at the end of the demo."""

from collections.abc import Mapping

from deploy.demo.figures import Figures, Tally, likely_false_alarms
from deploy.demo.images import GOOD

NONE = "none"


def render_table(figures: Figures, where_to_look: Mapping[str, str]) -> str:
    """A Markdown table of the figures; `where_to_look` becomes its last rows."""
    rows = {
        "images sent": str(figures.images_sent),
        "verdicts": str(figures.verdicts),
        "dead letters": str(figures.dead_letters),
        "images without a verdict or dead letter": str(figures.unaccounted),
        "images with more than one": str(figures.doubled),
        "defects flagged": share(figures.defects),
        "defects missed": str(figures.defects.sent - figures.defects.flagged),
        **{f"- {label} flagged": share(tally) for label, tally in figures.by_label.items() if label != GOOD},
        "false alarms": _false_alarms(figures),
        "image AUROC": NONE if figures.auroc is None else f"{figures.auroc:.3f}",
        "latency p50 / p99": f"{_ms(figures.latency_ms['p50'])} / {_ms(figures.latency_ms['p99'])}",
        "images per second": f"{figures.images_per_second:.1f}",
        "seconds": ", ".join(f"{step} {seconds:.1f}" for step, seconds in figures.seconds.items()),
        **where_to_look,
    }
    width = max(map(len, rows))
    value_width = max(map(len, rows.values()))
    lines = [f"| {name:<{width}} | {value:<{value_width}} |" for name, value in rows.items()]
    return "\n".join(
        [f"| {'':<{width}} | {'':<{value_width}} |", f"|{'-' * (width + 2)}|{'-' * (value_width + 2)}|", *lines]
    )


def share(tally: Tally) -> str:
    """How many of how many, and as a percentage."""
    return f"{tally.flagged} of {tally.sent}" + (f" ({tally.flagged / tally.sent:.0%})" if tally.sent else "")


def _false_alarms(figures: Figures) -> str:
    budget = figures.guarantee.budget
    low, high = likely_false_alarms(figures.normal.sent, figures.guarantee)
    return (
        f"{figures.normal.flagged} of {figures.normal.sent} good parts; budget {budget:.2%} promises "
        f"{budget * figures.normal.sent:.1f} on average, {low} to {high} in 95 % of runs"
    )


def _ms(value: float | None) -> str:
    return NONE if value is None else f"{value:.0f} ms"
