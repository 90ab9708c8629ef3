"""Linewatch's own commands, run as a user would run them."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from deploy.broker import leash
from deploy.demo.figures import Promise
from deploy.demo.images import DemoError

READY_SECONDS = 60.0
STOP_SECONDS = 30.0
LINES_SHOWN = 20
MISUSE = 2


@dataclass(frozen=True)
class Fitted:
    """The bundle that `linewatch-train fit` wrote, and what it promises."""

    bundle: str
    report: Path
    promise: Promise


@dataclass(frozen=True)
class FitOptions:
    """What `linewatch-train fit` is asked for; no epochs leaves that choice to it."""

    stream: str
    store: Path
    seed: int
    image_size: int
    false_alarm_rate: float
    epochs: int | None = None


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
    process = leash.start(_fit_command(data, options), output=subprocess.PIPE, errors=None)
    try:
        output = process.stdout.read().decode() if process.stdout else ""
        status = process.wait()
    finally:
        leash.kill(process)
        if process.stdout:
            process.stdout.close()
    said = _json_object(output)
    if status == MISUSE and said.get("smallest_false_alarm_rate") is not None:
        raise TooFewNormalImages(str(said["error"]), float(said["smallest_false_alarm_rate"]))
    if status != 0:
        why = said.get("error") or "its last lines are above"
        raise DemoError(f"linewatch-train fit ended with status {status}: {why}")
    return Fitted(
        bundle=str(said["bundle"]),
        report=options.store / options.stream / str(said["bundle"]) / "report" / "report.html",
        promise=Promise(options.false_alarm_rate, int(said["images"]["calibration"])),
    )


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
def service(environment: Mapping[str, str], log: Path, url: str) -> Iterator[subprocess.Popen[bytes]]:
    """`linewatch run` for as long as the context lasts, once /ready under `url` has said yes.

    Raises:
        DemoError: it ended or was not ready in time; its last lines follow.
    """
    with log.open("wb") as output:
        process = leash.start([_program("linewatch"), "run"], output=output, environment=_with(environment))
    try:
        _wait_until_ready(process, log, url)
        yield process
    finally:
        leash.stop(process, STOP_SECONDS)


def check_running(process: subprocess.Popen[bytes], log: Path) -> None:
    """Makes sure that the service still runs.

    Raises:
        DemoError: it has ended; its last lines follow.
    """
    if process.poll() is not None:
        text = log.read_text(errors="replace")
        raise DemoError(_with_last_lines(f"linewatch run ended by itself with status {process.returncode}", text))


def images_counted(url: str) -> dict[str, int]:
    """`linewatch_images_total` on the service's /metrics, by outcome."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=10) as answer:  # noqa: S310 - our own http address
        text = answer.read().decode()
    counted: dict[str, int] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == "linewatch_images_total":
                outcome = sample.labels["outcome"]
                counted[outcome] = counted.get(outcome, 0) + int(sample.value)
    return counted


def _fit_command(data: Path, options: FitOptions) -> list[str]:
    command = [_program("linewatch-train"), "fit", str(data), "--json"]
    chosen = {
        "--stream": options.stream,
        "--store": options.store,
        "--seed": options.seed,
        "--image-size": options.image_size,
        "--epochs": options.epochs,
        "--false-alarm-rate": options.false_alarm_rate,
    }
    for flag, value in chosen.items():
        if value is not None:
            command += [flag, str(value)]
    return command


def _program(name: str) -> str:
    program = Path(sys.executable).parent / name
    if not program.is_file():
        raise DemoError(f"Expected the command {name} beside {sys.executable}, found none: install Linewatch there.")
    return str(program)


def _with(environment: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, **environment}


def _wait_until_ready(process: subprocess.Popen[bytes], log: Path, url: str) -> None:
    deadline = monotonic() + READY_SECONDS
    while not _is_ready(url):
        check_running(process, log)
        if monotonic() > deadline:
            text = log.read_text(errors="replace")
            raise DemoError(_with_last_lines(f"linewatch run was not ready within {READY_SECONDS:.0f} s", text))
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
