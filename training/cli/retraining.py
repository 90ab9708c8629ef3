"""`linewatch-train collect`, `retrain` and `recalibrate`: learning from the line again."""

import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import Field
from pydantic_settings import CliPositionalArg

from service.record.image_archive import Archive
from service.scoring.bundle import Bundle
from service.scoring.manifest import Precision
from service.settings.record import ArchiveSettings, InspectionSettings
from training.autoencoders.components.speeds import Speed, preset
from training.calibration.threshold import guarantee
from training.cli.backtest import show_backtest
from training.cli.base import Command, print_json, write_file
from training.cli.tables import results, show_evaluation, show_lines
from training.collection.collect import Collected, CollectRequest, collect
from training.collection.collected_folder import PROVENANCE
from training.collection.inspection_log import KafkaInspection
from training.collection.time_range import Span, read_span
from training.data.folds import CalibrationMethod
from training.data.framing import Framing, parse_size
from training.evaluation.score_shift import ScoreShift
from training.pipelines.recalibrate import Recalibrated, RecalibrateRequest, recalibrate
from training.pipelines.retrain import Retrained, RetrainRequest, retrain
from training.progress import Progress
from training.report.page import REPORT

SUMMARY = "retrain.json"


class _LineCommand(Command):
    """Arguments of all three: stream, time range, seed, archive. Kafka and topics are those of the settings."""

    stream: CliPositionalArg[str] = Field(description="Which camera x product channel.")
    start: str = Field(
        default="7d", alias="from", description="Parts captured since then: RFC 3339, or how long ago (30m, 12h, 7d)."
    )
    end: str = Field(default="now", alias="to", description="And before then.")
    seed: int = Field(default=0, ge=0, lt=2**32, description="Same seed and record, same choice.")
    archive: str | None = Field(default=None, description="The archive of images; default: the setting archive.")

    def span(self) -> Span:
        return read_span(self.start, self.end, datetime.now(UTC))

    def archive_of_images(self) -> Archive:
        return Archive(self.archive or ArchiveSettings().archive)

    def inspection(self) -> KafkaInspection:
        logging.getLogger("kafka").setLevel(logging.CRITICAL)  # an error becomes one sentence
        return KafkaInspection(InspectionSettings(), self.archive_of_images())


class _CollectingCommand(_LineCommand):
    """Arguments of `collect` and `retrain`."""

    limit: int = Field(
        default=2000, ge=1, description="Maximum number of images to fit on; parts reviewed normal are all taken."
    )
    min_p_value: float = Field(
        default=0.05,
        alias="guard",
        ge=0.0,
        lt=1.0,
        description="The acceptance p-value: a pass below it enters only if reviewed normal.",
    )

    def request(self, out: Path, span: Span) -> CollectRequest:
        return CollectRequest(
            stream=self.stream, span=span, out=out, limit=self.limit, min_p_value=self.min_p_value, seed=self.seed
        )


class CollectCommand(_CollectingCommand):
    """Collect images from the line in MVTec layout: normal ones to fit on, reviewed defects to test on."""

    out: Path = Field(description="The folder; a second run resumes the first.")

    def cli_cmd(self) -> None:
        self.bundle_store().folder(self.stream)  # refuses what is no stream's name
        found = collect(self.request(self.out, self.span()), self.inspection(), Progress())
        if self.json_output:
            print_json({"stream": self.stream, "out": str(self.out), **_collected(found)})
        else:
            show_lines([*_collected_lines(found), f"where each is from: {self.out / PROVENANCE}"], results())


class RetrainCommand(_CollectingCommand):
    """Collect, fit as the champion was fitted, compare, and make the result challenger; never champion."""

    out: Path | None = Field(default=None, description="Folder for the images; default: collected/STREAM/DAY. Keep it.")
    original_share: float = Field(
        default=0.5, ge=0.0, le=0.9, description="The share of calibration images that are of the original normal set."
    )
    autoencoder: str | None = Field(default=None, description="Instead of the champion's, with default options.")
    false_alarm_rate: float | None = Field(default=None, gt=0.0, lt=1.0, description="Instead of the champion's.")
    review_rate: float | None = Field(default=None, gt=0.0, lt=1.0, description="Instead of the champion's.")
    calibration: CalibrationMethod | None = Field(default=None, description="Instead of the champion's.")
    speed: Speed | None = Field(default=None, description="Instead of the champion's options, those of fit --speed.")
    image_size: str | None = Field(default=None, description="Instead of the champion's.")
    precision: Precision | None = Field(default=None, description="Instead of the champion's.")
    options: dict[str, Any] = Field(default={}, description="Options that differ from the champion's, as name=value.")

    def cli_cmd(self) -> None:
        span = self.span()
        out = self.out or Path("collected") / self.stream / f"{span.end:%Y-%m-%d}"
        done = retrain(
            RetrainRequest(
                collect=self.request(out, span),
                store=self.bundle_store(),
                archive=self.archive_of_images(),
                original_share=self.original_share,
                changes=self.changes(),
            ),
            self.inspection(),
            Progress(),
        )
        summary = _retrained(done)
        write_file(out / SUMMARY, json.dumps(summary, indent=1).encode())
        if self.json_output:
            print_json(summary)
        else:
            self._show(done)

    def changes(self) -> dict[str, Any]:
        """What differs from the champion's fit.

        Raises:
            TrainingError: if the autoencoder has no presets.
            BundleError: if there is a speed and no champion.
        """
        asked = ("autoencoder", "false_alarm_rate", "calibration", "review_rate", "precision")
        changes = {name: value for name in asked if (value := getattr(self, name)) is not None}
        if self.image_size is not None:
            champion = self.bundle_store().champion(self.stream)
            changes["framing"] = Framing.of(champion.manifest.input).with_size(parse_size(self.image_size))
        if self.speed is None:
            return changes | {"options": self.options}
        autoencoder = self.autoencoder or self.bundle_store().champion(self.stream).manifest.autoencoder.name
        speed = preset(self.speed, autoencoder)
        return changes | {"options": speed.completed(self.options)}

    def _show(self, done: Retrained) -> None:
        manifest = done.fitted.bundle.manifest
        if manifest.evaluation is not None:
            show_evaluation(manifest.evaluation, manifest.calibration, results())
        show_backtest(done.backtest, results())
        lines = [
            *_collected_lines(done.collected),
            str(done.previous),
            f"calibration images: {done.calibrating['original']} original, {done.calibrating['collected']} collected",
            f"threshold {manifest.calibration.threshold:.4g}: {guarantee(manifest.calibration)}",
            *_shift_lines(done.new_under_champion, done.original_under_challenger),
            f"report: {done.fitted.bundle.path / REPORT}",
            _next_step(self.stream, done.fitted.bundle),
        ]
        show_lines(lines, results())


class RecalibrateCommand(_LineCommand):
    """Recalibrate the champion's graph on recent parts; the result is challenger, never champion."""

    limit: int = Field(default=1000, ge=1, description="Maximum number of recent parts.")
    reviewed: float = Field(
        default=0.8, gt=0.0, le=1.0, description="Refuse if a smaller share of the flagged parts was reviewed."
    )
    original_share: float = Field(
        default=0.25, gt=0.0, le=0.9, description="The least share of calibration scores that are the original ones."
    )

    def cli_cmd(self) -> None:
        done = recalibrate(
            RecalibrateRequest(
                stream=self.stream,
                span=self.span(),
                store=self.bundle_store(),
                limit=self.limit,
                reviewed=self.reviewed,
                original_share=self.original_share,
                seed=self.seed,
            ),
            self.inspection(),
            Progress(),
        )
        if self.json_output:
            print_json(_recalibrated(done))
            return
        before, after = (bundle.manifest.calibration for bundle in (done.champion, done.bundle))
        lines = [
            f"{done.recent} recent and {done.originals} original scores",
            f"threshold {before.threshold:.4g} before, now {after.threshold:.4g}: {guarantee(after)}",
            *_shift_lines(done.recent_under_champion, done.original_under_challenger),
            _next_step(self.stream, done.bundle),
        ]
        show_lines(lines, results())


def _collected(found: Collected) -> dict[str, Any]:
    return {
        "verdicts": found.verdicts,
        "images": dict(found.images),
        "left_out": {str(why): count for why, count in found.left_out.items()},
    }


def _retrained(done: Retrained) -> dict[str, Any]:
    manifest = done.fitted.bundle.manifest
    return {
        "stream": manifest.stream,
        "champion": done.champion,
        "challenger": done.fitted.bundle.id,
        "path": str(done.fitted.bundle.path),
        "collected": _collected(done.collected),
        "previous": {"wanted": done.previous.wanted, "found": len(done.previous.images)},
        "images": manifest.training_data.model_dump(exclude={"digest"}),
        "calibrating": dict(done.calibrating),
        "threshold": manifest.calibration.threshold,
        "evaluation": manifest.evaluation.model_dump(mode="json") if manifest.evaluation else None,
        "new_under_champion": _shift(done.new_under_champion),
        "original_under_challenger": _shift(done.original_under_challenger),
        "seconds": round(done.fitted.seconds, 1),
        "backtest": json.loads(done.backtest.result.model_dump_json()),
        "backtest_report": str(done.backtest.report),
    }


def _recalibrated(done: Recalibrated) -> dict[str, Any]:
    return {
        "stream": done.bundle.manifest.stream,
        "champion": done.champion.id,
        "challenger": done.bundle.id,
        "path": str(done.bundle.path),
        "recent": done.recent,
        "originals": done.originals,
        "threshold": {
            "champion": done.champion.manifest.calibration.threshold,
            "challenger": done.bundle.manifest.calibration.threshold,
        },
        "recent_under_champion": _shift(done.recent_under_champion),
        "original_under_challenger": _shift(done.original_under_challenger),
    }


def _shift(shift: ScoreShift | None) -> dict[str, float] | None:
    return None if shift is None else shift.as_json()


def _collected_lines(found: Collected) -> list[str]:
    return [
        *(f"{folder}: {count} images" for folder, count in found.images.items()),
        *(f"left out, {why}: {count}" for why, count in found.left_out.items()),
    ]


def _shift_lines(new: ScoreShift | None, original: ScoreShift | None) -> list[str]:
    return [
        *([] if new is None else [f"new images under the champion: {new}"]),
        *([] if original is None else [f"original images under the challenger: {original}"]),
    ]


def _next_step(stream: str, bundle: Bundle) -> str:
    return (
        f"bundle {bundle.id} is now the challenger of stream {stream} and decides nothing; "
        f"compare: linewatch-train backtest {stream}"
    )
