"""`linewatch-train backtest`: the same images through champion and challenger."""

import json
from datetime import UTC, datetime
from pathlib import Path

from pydantic import Field
from pydantic_settings import CliPositionalArg
from rich import box
from rich.console import Console
from rich.table import Table

from service.record.image_archive import Archive
from service.scoring.bundle import Bundle
from service.scoring.manifest import Interval
from service.scoring.named_bundle import NAMING
from service.settings.record import InspectionSettings
from training.backtest.result import Backtest
from training.backtest.run import SavedBacktest, run
from training.backtest.samples import Samples, folder_samples, line_samples
from training.cli.base import Command, print_json
from training.cli.tables import results, show_lines
from training.collection.inspection_log import KafkaInspection
from training.collection.time_range import read_span
from training.errors import TrainingError
from training.progress import Progress

LAST_DAYS = "7d"


class BacktestCommand(Command):
    """Compare a bundle with its stream's champion, on the images of a folder or on what the line inspected."""

    stream: CliPositionalArg[str] = Field(description="The stream.")
    bundle: CliPositionalArg[str | None] = Field(
        default=None, description=f"Of this stream; default: its challenger. {NAMING}"
    )
    data: Path | None = Field(default=None, description="Folder in MVTec layout: test/good, test/<kind of defect>.")
    start: str | None = Field(
        default=None, alias="from", description="Or parts captured since then: RFC 3339, or how long ago (7d)."
    )
    end: str | None = Field(default=None, alias="to", description="And before this one (default: now).")
    limit: int = Field(default=1000, ge=0, description="Maximum number of parts that nobody reviewed; sampled by hash.")
    with_train: bool = Field(
        default=False, description="Count normal images as well that a bundle may have been fitted on."
    )

    def cli_cmd(self) -> None:
        store, progress = self.bundle_store(), Progress()
        champion, challenger = store.champion(self.stream), self._challenger()
        if champion.id == challenger.id:
            raise TrainingError(f"expected another bundle than the champion to compare it with, found {champion.id}")
        backtest = run(store, champion, challenger, self._samples(), progress)
        if self.json_output:
            paths = {"path": str(backtest.path), "report": str(backtest.report)}
            print_json({**json.loads(backtest.result.model_dump_json()), **paths})
        else:
            show_backtest(backtest, results())

    def _challenger(self) -> Bundle:
        chosen = self.bundle or self.bundle_store().challenger_id(self.stream)
        if chosen is None:
            raise TrainingError(
                f"expected a bundle to compare with the champion of stream {self.stream!r}, found no challenger; "
                "name a bundle, or set one with linewatch-train challenge"
            )
        return self.named_bundle(chosen, self.stream)

    def _samples(self) -> Samples:
        if self.data is not None:
            if self.start or self.end:
                raise TrainingError("expected --data or --from and --to, found both; give one of them")
            return folder_samples(self.data, with_train=self.with_train)
        settings = InspectionSettings()
        span = read_span(self.start or LAST_DAYS, self.end or "now", datetime.now(UTC))
        inspection = KafkaInspection(settings, Archive(settings.archive))
        return line_samples(inspection, self.stream, span, limit=self.limit, with_train=self.with_train)


def show_backtest(backtest: SavedBacktest, console: Console) -> None:
    """Print the figures side by side, and what they mean for a promotion."""
    result = backtest.result
    sides = result.champion, result.challenger
    defects = sum(result.defects.values())
    table = Table(f"at a budget of {result.false_alarm_rate:g}", box=box.SIMPLE_HEAD)
    for title in ("champion", "challenger"):
        table.add_column(title, justify="right", no_wrap=True)
    rows = {
        "bundle": [side.bundle for side in sides],
        "false alarms": [_share(side.false_alarms, result.normal, side.false_alarm_interval) for side in sides],
        "defects flagged": [_share(side.defects_flagged, defects, side.recall_interval) for side in sides],
        **{f"  {kind}": [f"{side.by_kind[kind]} of {sent}" for side in sides] for kind, sent in result.defects.items()},
        "all flagged": [f"{side.flagged} of {result.images}" for side in sides],
        "ms an image": [f"{side.ms_per_image:.1f}" for side in sides],
    }
    for name, values in rows.items():
        table.add_row(name, *values)
    console.print(table)
    paired = result.paired["labelled"]
    flips = f"{result.newly_flagged.count} images newly flagged, {result.no_longer_flagged.count} no longer"
    luck = (
        f"labelled images right with one alone: champion {paired.champion_only}, challenger {paired.challenger_only} "
        f"(exact McNemar p = {paired.p_value:.2g})"
    )
    show_lines([flips, luck, *_doubts(result, defects), f"report: {backtest.report}"], console)


def _doubts(result: Backtest, defects: int) -> list[str]:
    doubts = [result.why_matched] if result.why_matched else []
    if result.missed:
        doubts.append(
            f"missed, and the champion flags or reviews them where the challenger is milder: {', '.join(result.missed)}"
        )
    if not defects:
        doubts.append("no labelled defect among the images: what would be missed is unknown")
    if not (result.champion.is_promise and result.challenger.is_promise):
        doubts.append("a threshold at this budget is an estimate, not a guarantee: too few calibration images")
    return doubts


def _share(count: int, total: int, interval: Interval | None) -> str:
    return f"{count} of {total}" + (f" ({interval[0]:.1%} to {interval[1]:.1%})" if interval else "")
