"""The command `linewatch-train`."""

import sys
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, CliApp, CliPositionalArg, CliSubCommand, SettingsConfigDict, SettingsError

from service.record.archive import Archive, ArchiveError
from service.record.faults import StreamError
from service.scoring.bundle import BundleError
from service.scoring.manifest import Precision
from service.scoring.scorer import Scorer
from training.autoencoders.components.backbones.choice import BackboneName, choose
from training.autoencoders.registry import names
from training.backend.quiet import quiet
from training.bundles.listing import rows
from training.calibration.drift_limits import PARTS_PER_HOUR
from training.calibration.threshold import promise
from training.cli.backtest import Backtest
from training.cli.base import Command, print_json
from training.cli.bundles import Challenge, Promote, Rollback, Withdraw
from training.cli.export import Export
from training.cli.latents import Decode, Encode, Neighbours
from training.cli.retraining import Collect, Recalibrate, Retrain
from training.cli.tables import results, show_evaluation, show_lines, show_rows, show_sensitivity
from training.cli.tuning import Elbow, Search
from training.data.exclusions import tell_left_out
from training.data.folder import find_tests
from training.errors import TooFewImages, TrainingError
from training.evaluation.evaluate import evaluate
from training.evaluation.scored_images import judge_tests
from training.pipelines.fit import FitRequest, Fitted, fit
from training.progress import Progress
from training.report.page import REPORT

MISUSE = 2


class Fit(Command):
    """Fit on normal images, calibrate to a false-alarm budget, and publish the bundle."""

    data: CliPositionalArg[Path] = Field(description="Folder of normal images, or one in MVTec layout (train/good).")
    stream: str = Field(description="Which camera x product channel the images are from.")
    autoencoder: str = Field(default="feature", description=f"One of: {', '.join(names())}.")
    backbone: BackboneName | None = Field(
        default=None,
        description="Of feature: the weights of EfficientNet-lite0, another network, which Keras downloads, or none, "
        "which fits conv instead (default: imagenet, or random where its package is missing).",
    )
    false_alarm_rate: float = Field(
        default=0.01, gt=0.0, lt=1.0, description="The budget: the share of good parts that may be flagged."
    )
    review_rate: float | None = Field(
        default=None,
        gt=0.0,
        lt=1.0,
        description="A second, larger budget: the share of good parts that may be reviewed or flagged (default: none).",
    )
    tail: Literal["refuse", "extrapolate"] = Field(
        default="refuse",
        description="Too few images for the budget: refuse, or extrapolate to an estimate that promises nothing.",
    )
    parts_per_hour: float = Field(
        default=PARTS_PER_HOUR,
        ge=1.0,
        description="Parts of this stream an hour, for at most one false alarm of drift a month.",
    )
    image_size: int = Field(default=256, description="Side in pixels that images are brought to; a multiple of 16.")
    precision: Precision = Field(
        default="float32", description="Of the graph's convolutions; int8 makes it smaller and is a little less exact."
    )
    epochs: int | None = Field(default=None, ge=1, description="At most so many rounds of training.")
    seed: int = Field(default=0, ge=0, lt=2**32, description="Same seed and images, same scores.")
    options: dict[str, Any] = Field(default={}, description="Options of the autoencoder, as name=value.")
    archive: str | None = Field(
        default=None, description="Keep the normal images here, a folder or URL, for linewatch-train retrain."
    )

    def cli_cmd(self) -> None:
        options = self.options | ({} if self.epochs is None else {"epochs": self.epochs})
        progress = Progress()
        chosen = choose(self.autoencoder, options, self.backbone)
        if chosen.said:
            progress.say(chosen.said)
        request = FitRequest(
            data=self.data,
            stream=self.stream,
            store=self.bundles(),
            autoencoder=chosen.autoencoder,
            options=chosen.options,
            false_alarm_rate=self.false_alarm_rate,
            extrapolate=self.tail == "extrapolate",
            review_rate=self.review_rate,
            parts_per_hour=self.parts_per_hour,
            image_size=self.image_size,
            precision=self.precision,
            seed=self.seed,
            archive=None if self.archive is None else Archive(self.archive),
        )
        try:
            fitted = fit(request, progress)
        except TooFewImages as error:
            if self.json_output:
                print_json({"error": str(error), "smallest_false_alarm_rate": error.smallest_false_alarm_rate})
            raise
        if self.json_output:
            print_json(_summary(fitted))
        else:
            self._tell(fitted)

    def _tell(self, fitted: Fitted) -> None:
        manifest, console = fitted.bundle.manifest, results()
        if manifest.evaluation is not None:
            show_evaluation(manifest.evaluation, manifest.calibration, console)
        if manifest.sensitivity is not None:
            show_sensitivity(manifest.sensitivity, manifest.input, console)
        calibration = manifest.calibration
        champion = (
            "it is the champion and decides now"
            if fitted.is_champion
            else "the champion stays; to let this one decide: linewatch-train promote "
            f"{self.stream} {fitted.bundle.id} --store {fitted.bundle.path.parent.parent}"
        )
        bundle = (
            f"bundle {fitted.bundle.id} of stream {self.stream}, {manifest.autoencoder.name} in "
            f"{manifest.autoencoder.precision}, fitted in {fitted.seconds:.0f} s"
        )
        threshold = f"threshold {calibration.threshold:.4g}: {promise(calibration)}"
        show_lines([bundle, threshold, f"report: {fitted.bundle.path / REPORT}", champion], console)


class Evaluate(Command):
    """Judge the labelled images in DATA/test/<kind>/ with a bundle: AUROC, false alarms, defects flagged."""

    data: CliPositionalArg[Path] = Field(description="Folder in MVTec layout: test/good, test/<kind of defect>.")
    stream: str = Field(description="Whose bundle.")
    bundle: str | None = Field(default=None, description="A bundle's id or its start; default: the champion.")

    def cli_cmd(self) -> None:
        bundle = self.chosen_bundle(self.stream, self.bundle)
        progress = Progress()
        with quiet():
            scorer = Scorer(bundle)
        judged = judge_tests(scorer, find_tests(self.data), progress)
        tell_left_out(judged.left_out, progress)
        evaluation = evaluate(judged.images)
        if self.json_output:
            print_json(
                {
                    "stream": self.stream,
                    "bundle": bundle.id,
                    "evaluation": evaluation.model_dump(mode="json"),
                    "left_out": len(judged.left_out),
                }
            )
        else:
            show_evaluation(evaluation, bundle.manifest.calibration, results())


class List(Command):
    """Show the bundles in the store, and which is champion."""

    stream: str | None = Field(default=None, description="Only this stream.")

    def cli_cmd(self) -> None:
        store = self.bundles()
        found = rows(store, self.stream)
        if self.json_output:
            print_json([row.model_dump(mode="json") for row in found])
        elif found:
            show_rows(found, results())
        else:
            show_lines([f"no bundle in {store.root}: fit one with linewatch-train fit, or check --store"], results())


class LinewatchTrain(BaseSettings):
    """Fits autoencoders on normal images and keeps the store of bundles."""

    model_config = SettingsConfigDict(
        cli_prog_name="linewatch-train",
        cli_kebab_case=True,
        cli_implicit_flags=True,
        cli_hide_none_type=True,
        cli_avoid_json=True,
        cli_use_class_docs_for_groups=True,
    )

    fit: CliSubCommand[Fit]
    evaluate: CliSubCommand[Evaluate]
    list: CliSubCommand[List]
    backtest: CliSubCommand[Backtest]
    collect: CliSubCommand[Collect]
    retrain: CliSubCommand[Retrain]
    recalibrate: CliSubCommand[Recalibrate]
    challenge: CliSubCommand[Challenge]
    withdraw: CliSubCommand[Withdraw]
    promote: CliSubCommand[Promote]
    rollback: CliSubCommand[Rollback]
    encode: CliSubCommand[Encode]
    decode: CliSubCommand[Decode]
    neighbours: CliSubCommand[Neighbours]
    export: CliSubCommand[Export]
    search: CliSubCommand[Search]
    elbow: CliSubCommand[Elbow]

    def cli_cmd(self) -> None:
        CliApp.run_subcommand(self)


def main() -> None:
    """Run the command line; a user's mistake ends with one sentence and exit status 2."""
    try:
        CliApp.run(LinewatchTrain)
    except (TrainingError, BundleError, StreamError, ArchiveError) as error:
        _refuse(str(error))
    except SettingsError as error:
        if "unpack" in str(error):  # a mapping without an equals sign
            _refuse("expected options as --options name=value, found one without =; see --help")
        _refuse(str(error))
    except ValidationError as error:
        _refuse("; ".join(_explain(each["loc"], each["msg"], each["input"]) for each in error.errors()))
    except KeyboardInterrupt:
        sys.exit(130)


def _summary(fitted: Fitted) -> dict[str, Any]:
    manifest = fitted.bundle.manifest
    counts: dict[str, int] = {}
    for item in fitted.left_out:
        counts[str(item.why)] = counts.get(str(item.why), 0) + 1
    return {
        "stream": manifest.stream,
        "bundle": fitted.bundle.id,
        "path": str(fitted.bundle.path),
        "report": str(fitted.bundle.path / REPORT),
        "champion": fitted.is_champion,
        "autoencoder": manifest.autoencoder.name,
        "precision": manifest.autoencoder.precision,
        "threshold": manifest.calibration.threshold,
        "false_alarm_rate": manifest.calibration.false_alarm_rate,
        "review_threshold": manifest.calibration.review_threshold,
        "review_rate": manifest.calibration.review_rate,
        "calibration_method": manifest.calibration.method,
        "images": manifest.training_data.model_dump(exclude={"digest"}),
        "left_out": counts,
        "evaluation": manifest.evaluation.model_dump(mode="json") if manifest.evaluation else None,
        "sensitivity": manifest.sensitivity.model_dump(mode="json") if manifest.sensitivity else None,
        "seconds": round(fitted.seconds, 1),
    }


def _explain(location: tuple[int | str, ...], message: str, found: Any) -> str:
    """One clause: which argument, what was expected, what was found."""
    names_ = [str(part).replace("_", "-") for part in location[1:]]  # the first part is the subcommand
    if message == "Field required":
        return f"expected {f'--{names_[0]}' if names_ else 'a command'}, found none; see --help"
    return f"{'.'.join(names_) or 'command line'}: {message[0].lower()}{message[1:]}, found {found!r}"


def _refuse(why: str) -> None:
    sys.stderr.write(f"linewatch-train: {why}\n")
    sys.exit(MISUSE)
