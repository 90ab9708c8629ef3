"""`linewatch-train search` and `elbow`: choosing options and the latent size."""

import shlex
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field
from pydantic_settings import CliPositionalArg

from training.autoencoders.components.backbones.choice import BackboneName
from training.autoencoders.components.speeds import Speed, preset
from training.autoencoders.registry import names
from training.cli.base import check_out, needs, print_json, write_file
from training.cli.fit import choose_autoencoder
from training.cli.framing import FramingCommand
from training.data.exclusions import counts
from training.data.part_names import part_pattern
from training.progress import Progress
from training.tuning.trials import Trials, TrialsRequest, trials


class _TrialsCommand(FramingCommand):
    """Arguments of both, as for `fit`, so that they use the same split."""

    data: CliPositionalArg[Path] = Field(description="Folder of normal images, or one in MVTec layout (train/good).")
    autoencoder: str = Field(default="feature", description=f"One of: {', '.join(names())}.")
    backbone: BackboneName | None = Field(default=None, description="As for fit.")
    speed: Speed | None = Field(default=None, description="As for fit.")
    false_alarm_rate: float = Field(default=0.01, gt=0.0, lt=1.0, description="As for fit: it decides the split.")
    epochs: int | None = Field(default=None, ge=1, description="As for fit.")
    seed: int = Field(default=0, ge=0, lt=2**32, description="As for fit.")
    part_from_name: str | None = Field(default=None, description="As for fit: it decides the split.")
    options: dict[str, Any] = Field(default={}, description="Options that are not searched, as name=value.")

    def trials_request(self, progress: Progress) -> TrialsRequest:
        chosen = choose_autoencoder(self.autoencoder, self.backbone, self.options, self.epochs, progress)
        speed = preset(self.speed, chosen.autoencoder)
        return TrialsRequest(
            data=self.data,
            autoencoder=chosen.autoencoder,
            options=speed.completed(chosen.options),
            false_alarm_rate=self.false_alarm_rate,
            framing=self.framing(),
            seed=self.seed,
            part_from_name=part_pattern(self.part_from_name),
        )


class SearchCommand(_TrialsCommand):
    """Find an autoencoder's best options on synthetic defects, and print the fit command that uses them."""

    stream: str = Field(description="Which camera x product channel the images are from.")
    trials: int | None = Field(
        default=None, ge=1, description="Maximum number, earlier runs included; default: 30, or the whole grid."
    )
    grid: bool = Field(default=False, description="Try every combination of steps; else Optuna's TPE chooses.")
    tune: list[str] = Field(default=[], description="Search only these options, as a,b or given more than once.")
    storage: Path | None = Field(
        default=None, description="The study's file, resumed if it exists; default: search-STREAM.db."
    )
    out: Path | None = Field(default=None, description="The figure; default: search-STREAM.png.")

    def cli_cmd(self) -> None:
        self.bundle_store().folder(self.stream)  # refuses what is no stream's name
        progress, storage = Progress(), self.storage or Path(f"search-{self.stream}.db")
        out = self.out or Path(f"search-{self.stream}.png")
        check_out(out)
        with trials(self.trials_request(progress), progress) as fits, needs("search"):
            from training.tuning.figures import search_figure  # noqa: PLC0415 - needs the extra, or TensorFlow
            from training.tuning.search import SearchRequest, best_of, defaults, search  # noqa: PLC0415 - the same

            request = SearchRequest(
                name=f"{self.stream}/{fits.request.autoencoder}",
                storage=storage,
                grid=self.grid,
                trials=self.trials,
                tune=self.tune,
            )
            tried = search(fits, request, progress)
            best = best_of(tried)
            write_file(out, search_figure([each.auroc for each in tried]))
            unsearched = [each.auroc for each in tried if each.options == defaults(fits, each.options)]
        command = self._fit_command(fits, best.options)
        if self.json_output:
            found = {
                "best": asdict(best),
                "defaults_auroc": next(iter(unsearched), None),
                "trials": [asdict(each) for each in tried],
                "fit": command,
                "left_out": counts(fits.left_out),
            }
            print_json({"stream": self.stream, "storage": str(storage), "figure": str(out), **found})
        else:
            sys.stdout.write(
                f"best of {len(tried)} trials: AUROC {best.auroc:.4f} of synthetic defects"
                f"{f'; the defaults: {unsearched[0]:.4f}' if unsearched else ''}\n"
                f"figure: {out}\nstudy: {storage}\nto fit with these options:\n{command}\n"
            )

    def _fit_command(self, fits: Trials, best: dict[str, Any]) -> str:
        words = ["linewatch-train", "fit", str(self.data), "--stream", self.stream]
        words += ["--autoencoder", fits.request.autoencoder]
        settings = {
            "false-alarm-rate": self.false_alarm_rate,
            **self.framing_arguments(),
            "seed": self.seed,
            "part-from-name": self.part_from_name,
            "store": self.store,
        }
        for name, value in settings.items():
            words += [] if value is None else [f"--{name}={value}"]  # a value may begin with a dash
        for name, value in (fits.request.options | best).items():
            several = isinstance(value, (tuple, list))
            words += ["--options", f"{name}={'+'.join(map(str, value)) if several else value}"]
        return shlex.join(words)


class ElbowCommand(_TrialsCommand):
    """Plot the reconstruction error against the latent size, and mark the elbow: beyond it more gains little."""

    latents: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=2)] = Field(
        default=[2, 4, 8, 16, 32, 64], description="Latent sizes, as 2,4,8."
    )
    out: Path = Field(default=Path("elbow.png"), description="The figure.")

    def cli_cmd(self) -> None:
        check_out(self.out)
        progress = Progress()
        with trials(self.trials_request(progress), progress) as fits:
            from training.tuning.elbow import elbow  # noqa: PLC0415 - needs TensorFlow
            from training.tuning.figures import elbow_figure  # noqa: PLC0415 - the same

            found = elbow(fits, self.latents, progress)
        write_file(self.out, elbow_figure(found.latents, found.errors, found.knee))
        if self.json_output:
            made = {"autoencoder": fits.request.autoencoder, "figure": str(self.out), **asdict(found)}
            print_json({**made, "left_out": counts(fits.left_out)})
            return
        for latent, error in zip(found.latents, found.errors, strict=True):
            sys.stdout.write(f"latent={latent}: error {error:.4g}{'  <- knee' if latent == found.knee else ''}\n")
        sys.stdout.write(f"{'' if found.knee else 'no knee: the error does not bend; '}figure: {self.out}\n")
