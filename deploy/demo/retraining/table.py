"""The table at the end of the retraining loop."""

from collections.abc import Mapping

from deploy.demo.figures import likely_false_alarms
from deploy.demo.retraining.figures import Loop, Phase
from deploy.demo.table import share

TITLES = ("", "before", "lamp -10 %", "after")


def render_loop(found: Loop, seconds: Mapping[str, float], where_to_look: Mapping[str, str]) -> str:
    """A Markdown table of the three phases, and below it what was done in between and where to look."""
    phases = (found.before, found.drifted, found.after)
    rows = [
        TITLES,
        ("good parts flagged", *(share(phase.figures.normal) for phase in phases)),
        ("likely by the budget", *(_likely(phase) for phase in phases)),
        ("defects flagged", *(share(phase.figures.defects) for phase in phases)),
        ("defects to be reviewed", *(str(phase.defects_to_review) for phase in phases)),
        ("good parts to be reviewed", *(str(phase.normal_to_review) for phase in phases)),
        ("drift alarms", *(_drift(phase) for phase in phases)),
        ("burst alarms", *(str(phase.alarms.burst) for phase in phases)),
        ("images without one verdict", *(str(_unaccounted(phase)) for phase in phases)),
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "| " + " | ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(
        [*lines, "", *_summary(found, seconds), *(f"{name}: {place}" for name, place in where_to_look.items())]
    )


def _summary(found: Loop, seconds: Mapping[str, float]) -> list[str]:
    shadow = found.shadow
    missed = f"{len(found.missed)} labelled defects missed" if found.missed else "no labelled defect missed"
    flags = f"would have flagged {shadow.normal.flagged} of {shadow.normal.sent} good ones"
    return [
        f"under the weak lamp: {_harm(found.drifted)}",
        f"reviews: {_counts(found.reviews)}",
        f"collected: {_counts(found.collected)}",
        f"backtest: {missed}",
        f"shadow: the challenger judged {shadow.judged} of {shadow.sent} parts and {flags}",
        _promotion(found),
        "seconds: " + ", ".join(f"{step} {value:.0f}" for step, value in seconds.items()),
    ]


def _promotion(found: Loop) -> str:
    if not found.promotion.done:
        return f"not promoted: promote refused {found.challenger}, and the champion keeps its budget and stays"
    force = f", by force: {found.promotion.forced}" if found.promotion.forced else ""
    return f"promoted: {found.challenger} in place of {found.champion}{force}"


def _harm(drifted: Phase) -> str:
    """Whether the lamp did any harm at all, in words: on some sets it does none."""
    normal, after = drifted.figures.normal, drifted.alarms.drift_after_parts
    beyond = normal.flagged > likely_false_alarms(normal.sent, drifted.figures.guarantee)[1]
    alarms = "more false alarms than likely" if beyond else "no more false alarms than likely"
    return f"{alarms}, and {'no drift alarm' if after is None else f'a drift alarm after {after} parts'}"


def _counts(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counted.items())) or "none"


def _likely(phase: Phase) -> str:
    low, high = likely_false_alarms(phase.figures.normal.sent, phase.figures.guarantee)
    return f"{low} to {high} at {phase.figures.guarantee.budget:.2%}"


def _drift(phase: Phase) -> str:
    after = phase.alarms.drift_after_parts
    return str(phase.alarms.drift) + ("" if after is None else f", the first after {after} parts")


def _unaccounted(phase: Phase) -> int:
    figures = phase.figures
    return figures.unaccounted + figures.doubled + figures.dead_letters
