"""Linewatch's own commands, run as a user would run them."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from deploy.devtools import leash
from deploy.devtools.errors import DemoError

READY_SECONDS = 60.0
STOP_SECONDS = 30.0
LINES_SHOWN = 20
MISUSE = 2


@dataclass(frozen=True)
class Promise:
    """The false-alarm budget, and the number of calibration images that it was calibrated with."""

    budget: float
    calibration_images: int


@dataclass(frozen=True)
class Fitted:
    """The bundle that `linewatch-train fit` wrote, and what it promises."""

    bundle: str
    report: Path
    promise: Promise


@dataclass(frozen=True)
class FitOptions:
    """What `linewatch-train fit` is asked for; None leaves the choice to it."""

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


class TooFewNormalImages(DemoError):  # noqa: N818 - says what is wrong
    """The normal images do not support the false-alarm rate; `smallest` is the rate that they do support."""

    def __init__(self, message: str, smallest: float) -> None:
        super().__init__(message)
        self.smallest = smallest


def fit(data: Path, options: FitOptions) -> Fitted:
    """Fits on `data`; the command's progress bar shows on our stderr.

    Raises:
        TooFewNormalImages: there are too few for the false-alarm rate.
        DemoError: the command failed for another reason.
    """
    status, said = _run_train(_fit_command(data, options), {})
    if status == MISUSE and said.get("smallest_false_alarm_rate") is not None:
        raise TooFewNormalImages(str(said["error"]), float(said["smallest_false_alarm_rate"]))
    _check_status("fit", status, said)
    return Fitted(
        bundle=str(said["bundle"]),
        report=options.store / options.stream / str(said["bundle"]) / "report" / "report.html",
        promise=Promise(options.false_alarm_rate, int(said["images"]["calibration"])),
    )


def train(command: str, *arguments: object, environment: Mapping[str, str]) -> dict[str, Any]:
    """Runs `linewatch-train COMMAND ARGUMENTS --json`, its progress on our stderr; what it printed.

    Raises:
        DemoError: it failed.
    """
    status, said = _run_train([_program("linewatch-train"), command, *map(str, arguments), "--json"], environment)
    _check_status(command, status, said)
    return said


def promote(stream: str, bundle: str, environment: Mapping[str, str], *, force: str | None = None) -> str | None:
    """Runs `linewatch-train promote`; the sentence if it refused, None if it did it.

    Raises:
        DemoError: it failed otherwise.
    """
    command = [_program("linewatch-train"), "promote", stream, bundle, *(["--force", force] if force else [])]
    done = subprocess.run(command, env=_with(environment), capture_output=True, text=True, check=False)
    if done.returncode not in (0, MISUSE):
        raise DemoError(_with_last_lines(f"linewatch-train promote ended with status {done.returncode}", done.stderr))
    return done.stderr.strip() if done.returncode else None


def create_topics(environment: Mapping[str, str]) -> None:
    """Runs `linewatch topics`.

    Raises:
        DemoError: it failed; its last lines follow.
    """
    done = subprocess.run(
        [_program("linewatch"), "topics"], env=_with(environment), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise DemoError(
            _with_last_lines(f"linewatch topics ended with status {done.returncode}", done.stdout + done.stderr)
        )


@contextmanager
def service(
    environment: Mapping[str, str], log: Path, url: str, command: str = "run"
) -> Iterator[subprocess.Popen[bytes]]:
    """`linewatch run`, or another of its processes, while the context lasts, once /ready under `url` has said yes.

    Raises:
        DemoError: it ended or was not ready in time; its last lines follow.
    """
    with log.open("wb") as output:
        process = leash.start([_program("linewatch"), command], output=output, environment=_with(environment))
    try:
        _wait_until_ready(process, log, url, command)
        yield process
    finally:
        leash.stop(process, STOP_SECONDS)


def check_running(process: subprocess.Popen[bytes], log: Path, command: str = "run") -> None:
    """Makes sure that the service, or another process of `linewatch`, still runs.

    Raises:
        DemoError: it has ended; its last lines follow.
    """
    if process.poll() is not None:
        text = log.read_text(errors="replace")
        raise DemoError(_with_last_lines(f"linewatch {command} ended by itself with status {process.returncode}", text))


def images_counted(url: str) -> dict[str, int]:
    """`linewatch_images_total` on the service's /metrics, by outcome."""
    counted: dict[str, int] = {}
    for labels, value in samples(url, "linewatch_images_total"):
        counted[labels["outcome"]] = counted.get(labels["outcome"], 0) + int(value)
    return counted


def samples(url: str, name: str) -> list[tuple[dict[str, str], float]]:
    """The labels and value of each sample of that name on the service's /metrics."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=10) as answer:  # noqa: S310 - our own http address
        text = answer.read().decode()
    return [
        (sample.labels, sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name
    ]


def _run_train(command: Sequence[str], environment: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
    """Runs it on a leash; its exit status and the JSON that it printed."""
    process = leash.start(command, output=subprocess.PIPE, errors=None, environment=_with(environment))
    try:
        output = process.stdout.read().decode() if process.stdout else ""
        status = process.wait()
    finally:
        leash.kill(process)
        if process.stdout:
            process.stdout.close()
    return status, _json_object(output)


def _check_status(command: str, status: int, said: Mapping[str, Any]) -> None:
    if status != 0:
        why = said.get("error") or "its last lines are above"
        raise DemoError(f"linewatch-train {command} ended with status {status}: {why}")


def _fit_command(data: Path, options: FitOptions) -> list[str]:
    command = [_program("linewatch-train"), "fit", str(data), "--json"]
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
    }
    for flag, value in chosen.items():
        if value is not None:
            command += [flag, str(value)]
    for option in options.options:
        command += ["--options", option]
    return command


def _program(name: str) -> str:
    program = Path(sys.executable).parent / name
    if not program.is_file():
        raise DemoError(f"Expected the command {name} beside {sys.executable}, found none: install Linewatch there.")
    return str(program)


def _with(environment: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, **environment}


def _wait_until_ready(process: subprocess.Popen[bytes], log: Path, url: str, command: str) -> None:
    deadline = monotonic() + READY_SECONDS
    while not _is_ready(url):
        check_running(process, log, command)
        if monotonic() > deadline:
            text = log.read_text(errors="replace")
            raise DemoError(_with_last_lines(f"linewatch {command} was not ready within {READY_SECONDS:.0f} s", text))
        sleep(0.05)


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/ready", timeout=5) as answer:  # noqa: S310 - our own http address
            return bool(answer.status == 200)  # noqa: PLR2004 - HTTP's yes
    except (urllib.error.URLError, OSError):
        return False


def _json_object(output: str) -> dict[str, Any]:
    """The JSON object that the command printed, {} if it printed none."""
    start = output.find("{")
    try:
        said = json.loads(output[start:]) if start >= 0 else {}
    except json.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def _with_last_lines(sentence: str, text: str) -> str:
    return "\n".join([f"{sentence}; its last lines:", *text.splitlines()[-LINES_SHOWN:]])
