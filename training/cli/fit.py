"""`linewatch-train fit`: from a folder of normal images to a published bundle."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from pydantic import Field
from pydantic_settings import CliPositionalArg

from service.record.image_archive import Archive
from service.scoring.manifest import Precision
from training.autoencoders.components.backbones.choice import BackboneName, Chosen, choose
from training.autoencoders.components.speeds import Speed, preset
from training.autoencoders.registry import names
from training.calibration.drift_limits import PARTS_PER_HOUR
from training.calibration.threshold import guarantee
from training.cli.base import print_json
from training.cli.framing import FramingCommand
from training.cli.tables import results, show_evaluation, show_lines, show_sensitivity
from training.data.exclusions import counts
from training.data.folds import CalibrationMethod
from training.data.framing import Framing
from training.data.latest_parts import CalibrateOn
from training.data.part_names import part_pattern
from training.data.tiling import MOST_OVERLAP, OVERLAP, parse_tiles
from training.errors import TooFewImages, TrainingError
from training.pipelines.fit import Fitted, fit
from training.pipelines.fit_request import FitRequest
from training.progress import Progress
from training.report.page import REPORT


class FitCommand(FramingCommand):
    """Fit on normal images, calibrate to a false-alarm budget, and publish the bundle."""

    data: CliPositionalArg[Path] = Field(description="Folder of normal images, or one in MVTec layout (train/good).")
    stream: str = Field(description="Which camera x product channel the images are from.")
    autoencoder: str = Field(default="feature", description=f"One of: {', '.join(names())}.")
    backbone: BackboneName | None = Field(
        default=None,
        description="Of feature: the weights of EfficientNet-lite0, another network, which Keras downloads, or none, "
        "which fits conv instead (default: imagenet, or random where its package is missing).",
    )
    speed: Speed | None = Field(
        default=None,
        description="Of feature: options for fewer milliseconds an image, or for more detection; those that are given "
        "count (default: balanced).",
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
    calibration: CalibrationMethod = Field(
        default="cross",
        description="cross: all images are learnt from, and each is scored by a fit without it; split: some are put "
        "aside, which guarantees the budget and needs twice as many.",
    )
    calibrate_on: CalibrateOn = Field(
        default="all",
        description="Images that set the threshold: of all, or of the latest by capture time or file name, for a line "
        "that drifted.",
    )
    tail: Literal["refuse", "extrapolate"] = Field(
        default="refuse",
        description="Too few images for the budget: refuse, or extrapolate to an estimate that guarantees nothing.",
    )
    parts_per_hour: float = Field(
        default=PARTS_PER_HOUR,
        ge=1.0,
        description="Parts of this stream an hour, for at most one false alarm of drift a month.",
    )
    tiles: str | None = Field(
        default=None,
        description="Score images in ROWSxCOLUMNS tiles, each of --image-size, for small defects in large images; it "
        "takes as many times as long (default: one).",
    )
    smallest_defect: int | None = Field(
        default=None, ge=1, description="Instead: its extent in pixels, for which a larger input or tiles are chosen."
    )
    overlap: float = Field(
        default=OVERLAP, ge=0.0, le=MOST_OVERLAP, description="Share of a tile's side that neighbours have in common."
    )
    precision: Precision | None = Field(
        default=None,
        description="Of the graph's arithmetic (default: int8 for feature, float32 else); int8 is faster.",
    )
    epochs: int | None = Field(default=None, ge=1, description="Maximum number of epochs.")
    seed: int = Field(default=0, ge=0, lt=2**32, description="Same seed and images, same scores.")
    part_from_name: str | None = Field(
        default=None,
        description="A regular expression whose first group is the part, in a file's name: images of one part are "
        "kept together (default: those that pixels show).",
    )
    options: dict[str, Any] = Field(default={}, description="Options of the autoencoder, as name=value.")
    archive: str | None = Field(
        default=None, description="Keep the normal images here, a folder or URL, for linewatch-train retrain."
    )

    def cli_cmd(self) -> None:
        progress = Progress()
        chosen = choose_autoencoder(self.autoencoder, self.backbone, self.options, self.epochs, progress)
        speed = preset(self.speed, chosen.autoencoder)
        request = FitRequest(
            data=self.data,
            stream=self.stream,
            store=self.bundle_store(),
            autoencoder=chosen.autoencoder,
            options=speed.completed(chosen.options),
            false_alarm_rate=self.false_alarm_rate,
            calibration=self.calibration,
            calibrate_on=self.calibrate_on,
            extrapolate=self.tail == "extrapolate",
            review_rate=self.review_rate,
            parts_per_hour=self.parts_per_hour,
            framing=self.framing_in_tiles(),
            precision=self.precision,
            seed=self.seed,
            part_from_name=part_pattern(self.part_from_name),
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
            self._show(fitted)

    def framing_in_tiles(self) -> Framing:
        """What the arguments ask for.

        Raises:
            TrainingError: if one of them cannot be read, or two exclude each other.
        """
        if self.tiles is not None and self.smallest_defect is not None:
            raise TrainingError("expected --tiles or --smallest-defect, found both; leave one out")
        tiles = None if self.tiles is None else parse_tiles(self.tiles, self.overlap)
        return replace(self.framing(), tiles=tiles, smallest_defect=self.smallest_defect, overlap=self.overlap)

    def _show(self, fitted: Fitted) -> None:
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
        threshold = f"threshold {calibration.threshold:.4g}: {guarantee(calibration)}"
        show_lines([bundle, threshold, f"report: {fitted.bundle.path / REPORT}", champion], console)


def choose_autoencoder(
    name: str, backbone: BackboneName | None, options: dict[str, Any], epochs: int | None, progress: Progress
) -> Chosen:
    """The autoencoder and the options that the arguments of `fit`, `search` and `elbow` ask for.

    Raises:
        TrainingError: if the backbone would change nothing.
    """
    chosen = choose(name, options | ({} if epochs is None else {"epochs": epochs}), backbone)
    if chosen.note:
        progress.say(chosen.note)
    return chosen


def _summary(fitted: Fitted) -> dict[str, Any]:
    manifest = fitted.bundle.manifest
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
        "fold_factors": manifest.calibration.fold_factors,
        "images": manifest.training_data.model_dump(exclude={"digest"}),
        "order": fitted.order.as_json() if fitted.order else None,
        "left_out": counts(fitted.left_out),
        "evaluation": manifest.evaluation.model_dump(mode="json") if manifest.evaluation else None,
        "sensitivity": manifest.sensitivity.model_dump(mode="json") if manifest.sensitivity else None,
        "seconds": round(fitted.seconds, 1),
    }
