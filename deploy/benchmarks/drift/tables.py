"""Markdown tables of the drift benchmark."""

from collections.abc import Mapping, Sequence

from deploy.benchmarks.drift.measure import Month, Row
from service.scoring.drift import SIGNALS, Signal


def table(rows: Sequence[Row]) -> str:
    """A line for each set and change."""
    columns = ["set (normal images)", "change", *(f"visible: {signal}" for signal in SIGNALS), "anomalies"]
    columns += ["drift alarm after", "seen by", "burst alarm after", "goal"]
    lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    lines += [
        f"| {row.set} ({row.images}) | {row.change} "
        f"| {' | '.join(f'{row.visible[signal]:.2f}' if row.visible else '' for signal in SIGNALS)} "
        f"| {row.flagged:.1%} | {_after(row.drift_parts, row.drift_alarms, row.lines)} | {_signals(row.drift_signs)} "
        f"| {_after(row.burst_parts, row.burst_alarms, row.lines)} | {'met' if row.goal_met else 'missed'} |"
        for row in rows
    ]
    return "\n".join(lines)


def months_table(months: Sequence[Month]) -> str:
    """The false alarms of a month, by set."""
    lines = ["| set | parts without change | drift alarms | burst alarms |", "|---|---|---|---|"]
    lines += [f"| {each.set} | {each.parts:,} | {each.drift_alarms} | {each.burst_alarms} |" for each in months]
    return "\n".join(lines)


def _after(parts: float | None, alarms: int, lines: int) -> str:
    if parts is None:
        return "none"
    return f"{parts:.0f} parts" + ("" if alarms == lines else f" ({alarms} of {lines} lines)")


def _signals(found: Mapping[Signal, int]) -> str:
    if len(found) == 1:
        return next(iter(found))
    return ", ".join(f"{signal} ({found[signal]})" for signal in SIGNALS if signal in found)
