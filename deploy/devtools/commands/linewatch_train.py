"""`linewatch-train`: fit, promote, and any other of its commands."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.devtools import leash
from deploy.devtools.commands.program import merged, program, with_last_lines
from deploy.devtools.errors import DemoError

MISUSE = 2
"""Exit status of a command that refused what it was asked for."""


@dataclass(frozen=True)
class Guarantee:
    """The false-alarm budget, and the number of calibration images that it was calibrated with."""

    budget: float
    calibration_images: int


@dataclass(frozen=True)
class Fitted:
    """The bundle that `linewatch-train fit` wrote, and what it guarantees."""

    bundle: str
    report: Path
    guarantee: Guarantee


@dataclass(frozen=True)
class FitOptions:
    """Options of `linewatch-train fit`; None leaves the choice to it."""

    stream: str
    store: Path
    seed: int
    image_size: int
    false_alarm_rate: float
    epochs: int | None = None
    autoencoder: str | None = None
    options: tuple[str, ...] = ()
    review_rate: float | None = None
    parts_per_hour: float | None = None
    archive: Path | None = None
    calibration: str | None = None


class TooFewNormalImages(DemoError):  # noqa: N818 - names the condition
    """The normal images do not support the false-alarm rate; `smallest` is the rate that they do support."""

    def __init__(self, message: str, smallest: float) -> None:
        super().__init__(message)
        self.smallest = smallest


def fit(data: Path, options: FitOptions) -> Fitted:
    """Run `linewatch-train fit`; its progress bar shows on our stderr.

    Raises:
        TooFewNormalImages: if there are too few for the false-alarm rate.
        DemoError: if the command failed for another reason.
    """
    status, printed = _run(_fit_command(data, options), {})
    if status == MISUSE and printed.get("smallest_false_alarm_rate") is not None:
        raise TooFewNormalImages(str(printed["error"]), float(printed["smallest_false_alarm_rate"]))
    _check_status("fit", status, printed)
    return Fitted(
        bundle=str(printed["bundle"]),
        report=options.store / options.stream / str(printed["bundle"]) / "report" / "report.html",
        guarantee=Guarantee(options.false_alarm_rate, int(printed["images"]["calibration"])),
    )


def run(command: str, *arguments: object, environment: Mapping[str, str]) -> dict[str, Any]:
    """Run `linewatch-train COMMAND ARGUMENTS --json`, its progress on our stderr; the JSON that it printed.

    Raises:
        DemoError: if it failed.
    """
    status, printed = _run([program("linewatch-train"), command, *map(str, arguments), "--json"], environment)
    _check_status(command, status, printed)
    return printed


def promote(stream: str, bundle: str, environment: Mapping[str, str], *, force: str | None = None) -> str | None:
    """Run `linewatch-train promote`; None if it promoted the bundle, or the sentence with which it refused.

    Raises:
        DemoError: if it failed otherwise.
    """
    command = [program("linewatch-train"), "promote", stream, bundle, *(["--force", force] if force else [])]
    done = subprocess.run(command, env=merged(environment), capture_output=True, text=True, check=False)
    if done.returncode not in (0, MISUSE):
        raise DemoError(with_last_lines(f"linewatch-train promote ended with status {done.returncode}", done.stderr))
    return done.stderr.strip() if done.returncode else None


def _fit_command(data: Path, options: FitOptions) -> list[str]:
    command = [program("linewatch-train"), "fit", str(data), "--json"]
    chosen = {
        "--stream": options.stream,
        "--store": options.store,
        "--seed": options.seed,
        "--image-size": options.image_size,
        "--epochs": options.epochs,
        "--false-alarm-rate": options.false_alarm_rate,
        "--autoencoder": options.autoencoder,
        "--review-rate": options.review_rate,
        "--parts-per-hour": options.parts_per_hour,
        "--archive": options.archive,
        "--calibration": options.calibration,
    }
    for flag, value in chosen.items():
        if value is not None:
            command += [flag, str(value)]
    for option in options.options:
        command += ["--options", option]
    return command


def _run(command: Sequence[str], environment: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
    """The exit status of a command, and the JSON that it printed; it is killed if we end first."""
    process = leash.start(command, output=subprocess.PIPE, errors=None, environment=merged(environment))
    try:
        output = process.stdout.read().decode() if process.stdout else ""
        status = process.wait()
    finally:
        leash.kill(process)
        if process.stdout:
            process.stdout.close()
    return status, _json_object(output)


def _json_object(output: str) -> dict[str, Any]:
    """The JSON object in a command's output, {} if there is none."""
    start = output.find("{")
    try:
        printed = json.loads(output[start:]) if start >= 0 else {}
    except json.JSONDecodeError:
        return {}
    return printed if isinstance(printed, dict) else {}


def _check_status(command: str, status: int, printed: Mapping[str, Any]) -> None:
    if status != 0:
        why = printed.get("error") or "its last lines are above"
        raise DemoError(f"linewatch-train {command} ended with status {status}: {why}")
