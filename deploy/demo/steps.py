"""Steps that the demo and its retraining loop share: broker, fit, settings, streaming."""

import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.demo.figures import Answer
from deploy.demo.images import LineImage
from deploy.demo.line import Line
from deploy.demo.options import FALSE_ALARM_RATE, Options
from deploy.devtools.broker.install import fetch
from deploy.devtools.broker.local import LocalKafka
from deploy.devtools.commands import linewatch_train

REVIEW_RATE = 0.05
"""Of the loop's good parts: `collect` takes passes with a p-value below it only if reviewed, so people are asked."""

Check = Callable[[], None]
"""Raises when the service has ended."""


class Clock:
    """Seconds by step; steps of one name add up."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._begun = monotonic()

    @contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        begun = monotonic()
        yield
        self.seconds[step] = self.seconds.get(step, 0.0) + monotonic() - begun

    def with_total(self) -> dict[str, float]:
        """The steps, and all time since the clock was made."""
        return self.seconds | {"total": monotonic() - self._begun}


def fresh_folder(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def start_broker(stack: ExitStack, work: Path, console: Console) -> LocalKafka:
    kafka = stack.enter_context(LocalKafka(fetch(), work / "kafka"))
    console.print(f"Kafka listens on {kafka.bootstrap_servers}")
    return kafka


def stream_name(data: Path) -> str:
    """The name of the stream for a folder of images."""
    return re.sub(r"[^a-z0-9._-]+", "-", data.resolve().name.lower())


def fit(data: Path, stream: str, work: Path, options: Options, console: Console) -> linewatch_train.Fitted:
    """Fit; with fewer normal images than the default budget needs, for the smallest budget that they support."""
    choice = linewatch_train.FitOptions(
        stream=stream,
        store=work / "bundles",
        seed=options.seed,
        image_size=options.image_size,
        epochs=options.epochs,
        false_alarm_rate=FALSE_ALARM_RATE if options.false_alarm_rate is None else options.false_alarm_rate,
        autoencoder=options.autoencoder,
        options=options.fit_options,
        review_rate=REVIEW_RATE if options.loop else None,
        parts_per_hour=options.parts_per_hour,
        archive=work / "archive" if options.loop else None,
        calibration=options.calibration,
    )
    console.print(f"Fitting on {data / 'train' / 'good'} …")
    try:
        return linewatch_train.fit(data, choice)
    except linewatch_train.TooFewNormalImages as error:
        if options.false_alarm_rate is not None:
            raise
        console.print(f"{error}\nUsing the smallest false-alarm rate that they support: {error.smallest:.4f}")
        review_rate = max(REVIEW_RATE, 2 * error.smallest) if options.loop else None
        return linewatch_train.fit(data, replace(choice, false_alarm_rate=error.smallest, review_rate=review_rate))


def service_settings(kafka: LocalKafka, work: Path, port: int) -> dict[str, str]:
    """The service's settings."""
    return {
        "LINEWATCH_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
        "LINEWATCH_STORE": str(work / "bundles"),
        "LINEWATCH_HTTP_HOST": "127.0.0.1",
        "LINEWATCH_HTTP_PORT": str(port),
    }


def stream(
    line: Line, images: Sequence[LineImage], rate: float, on_answers: Callable[[int], None], console: Console
) -> list[Answer]:
    """Stream the images behind a progress bar; `on_answers` is called often, with the number of answers so far."""
    columns = (
        TextColumn("Streaming"),
        BarColumn(),
        TextColumn("sent {task.fields[sent]}, verdicts {task.completed}, flagged {task.fields[flagged]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("stream", total=len(images), sent=0, flagged=0)

        def show(sent: int, answers: Sequence[Answer]) -> None:
            flagged = sum(answer.flagged for answer in answers)
            on_answers(len(answers))
            bar.update(task, completed=len(answers), sent=sent, flagged=flagged)

        return line.run(images, rate, show)


def metrics_agree(counted: Mapping[str, int], sent: int, console: Console) -> bool:
    """Whether the service counted as many images as were sent; `counted` is by outcome."""
    agrees = sum(counted.values()) == sent
    if not agrees:
        console.print(f"error: {sent} images were sent, but linewatch_images_total counts {dict(counted)}.")
    return agrees
