"""`python -m deploy.demo`: a whole production line in one command.

Starts a Kafka broker, renders parts (or takes --data), fits on the normal ones, runs the service, streams the
others through it, and ends with a table; the same figures go to build/demo.json.
"""

import argparse
import json
import re
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.broker import BrokerError, LocalKafka, fetch
from deploy.broker.ports import free_port, is_free
from deploy.demo import commands
from deploy.demo.defects import DEFECTS
from deploy.demo.figures import Answer, Figures, summarise
from deploy.demo.images import DemoError, LineImage, check_layout, images_to_stream
from deploy.demo.machine import machine_block
from deploy.demo.renderer import write_line
from deploy.demo.stream import Line, open_line
from deploy.demo.table import render_table

REPOSITORY = Path(__file__).resolve().parents[2]
BUILD, CACHE = REPOSITORY / "build", REPOSITORY / ".cache" / "kafka"
RENDERED_STREAM, RENDERED_IMAGES, RENDERED_NORMAL = "flange", 300, 320
DEFECT_SHARE = 1 / 3
FALSE_ALARM_RATE = 0.01
PREFERRED_PORT = 8000
SLOW_RATE = 2.0  # images a second while --keep waits for Ctrl-C

Check = Callable[[], None]
"""Raises when the service has ended."""


@dataclass(frozen=True)
class Options:
    """The command line."""

    data: Path | None
    keep: bool
    seed: int
    images: int | None
    epochs: int | None
    image_size: int
    false_alarm_rate: float | None
    rate: float


class Clock:
    """Seconds by step; steps of one name add up."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        begun = monotonic()
        yield
        self.seconds[step] = self.seconds.get(step, 0.0) + monotonic() - begun


def main() -> int:
    options = _options()
    # SIGTERM unwinds the stack as Ctrl-C does, so every child is ended.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return _run(options)
    except (DemoError, BrokerError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130


def _run(options: Options) -> int:
    say, clock, begun = Console(stderr=True, highlight=False), Clock(), monotonic()
    with ExitStack() as stack:
        with clock("setup"):
            work = _fresh_folder(BUILD / "demo")
            kafka = _start_broker(stack, work, say)
            data, stream = _prepare_data(options, work, say)
            images = images_to_stream(data, options.seed, options.images)
        with clock("fit"):
            fitted = _fit(data, stream, work, options, say)
        with clock("setup"):
            environment, url = _service_environment(kafka, work, keep=options.keep)
            commands.create_topics(environment)
            log = work / "service.log"
            service = stack.enter_context(commands.service(environment, log, url))
            say.print(f"Service ready: {url}")
            line = stack.enter_context(open_line(kafka.bootstrap_servers, stream))
        with clock("stream"):
            answers = _stream(line, images, options.rate, lambda: commands.check_running(service, log), say)
        answers += line.late_answers()
        seconds = clock.seconds | {"total": monotonic() - begun}
        figures = summarise(
            images, answers, promise=fitted.promise, stream_seconds=clock.seconds["stream"], seconds=seconds
        )
        _report(figures, _where_to_look(url, fitted, work, keep=options.keep))
        agrees = _metrics_agree(figures, url, say)
        if options.keep:
            _keep_streaming(line, images, lambda: commands.check_running(service, log), say)
    return 0 if figures.every_image_has_one_verdict and agrees else 1


def _fresh_folder(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _start_broker(stack: ExitStack, work: Path, say: Console) -> LocalKafka:
    kafka = stack.enter_context(LocalKafka(fetch(CACHE), work / "kafka"))
    say.print(f"Kafka listens on {kafka.bootstrap_servers}")
    return kafka


def _prepare_data(options: Options, work: Path, say: Console) -> tuple[Path, str]:
    """The folder in MVTec layout to work on, and the stream's name."""
    if options.data:
        check_layout(options.data)
        return options.data, re.sub(r"[^a-z0-9._-]+", "-", options.data.resolve().name.lower())
    total = options.images or RENDERED_IMAGES
    per_defect = max(1, round(total * DEFECT_SHARE / len(DEFECTS)))
    test_good = max(1, total - per_defect * len(DEFECTS))
    say.print(f"Rendering {RENDERED_NORMAL} normal parts to fit on and {total} to stream …")
    folder = work / "line"
    write_line(
        folder,
        seed=options.seed,
        size=options.image_size,
        train_good=RENDERED_NORMAL,
        test_good=test_good,
        per_defect=per_defect,
    )
    return folder, RENDERED_STREAM


def _fit(data: Path, stream: str, work: Path, options: Options, say: Console) -> commands.Fitted:
    """Fits; with fewer normal images than the default budget needs, for the smallest budget they support."""
    choice = commands.FitOptions(
        stream=stream,
        store=work / "bundles",
        seed=options.seed,
        image_size=options.image_size,
        epochs=options.epochs,
        false_alarm_rate=FALSE_ALARM_RATE if options.false_alarm_rate is None else options.false_alarm_rate,
    )
    say.print(f"Fitting on {data / 'train' / 'good'} …")
    try:
        return commands.fit(data, choice)
    except commands.TooFewNormalImages as error:
        if options.false_alarm_rate is not None:
            raise
        say.print(f"{error}\nUsing the smallest false-alarm rate that they support: {error.smallest:.4f}")
        return commands.fit(data, replace(choice, false_alarm_rate=error.smallest))


def _service_environment(kafka: LocalKafka, work: Path, *, keep: bool) -> tuple[dict[str, str], str]:
    """The service's settings, and where its pages will be."""
    port = PREFERRED_PORT if keep and is_free(PREFERRED_PORT) else free_port()
    settings = {
        "LINEWATCH_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
        "LINEWATCH_STORE": str(work / "bundles"),
        "LINEWATCH_HTTP_HOST": "127.0.0.1",
        "LINEWATCH_HTTP_PORT": str(port),
    }
    return settings, f"http://127.0.0.1:{port}"


def _stream(line: Line, images: Sequence[LineImage], rate: float, check_service: Check, say: Console) -> list[Answer]:
    columns = (
        TextColumn("Streaming"),
        BarColumn(),
        TextColumn("sent {task.fields[sent]}, verdicts {task.completed}, flagged {task.fields[flagged]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=say) as bar:
        task = bar.add_task("stream", total=len(images), sent=0, flagged=0)

        def show(sent: int, answers: Sequence[Answer]) -> None:
            flagged = sum(answer.flagged for answer in answers)
            check_service()
            bar.update(task, completed=len(answers), sent=sent, flagged=flagged)

        return line.run(images, rate, show)


def _report(figures: Figures, where_to_look: dict[str, str]) -> None:
    print(render_table(figures, where_to_look), flush=True)
    BUILD.mkdir(exist_ok=True)
    (BUILD / "demo.json").write_text(json.dumps(figures.as_json(machine_block()), indent=2) + "\n")


def _where_to_look(url: str, fitted: commands.Fitted, work: Path, *, keep: bool) -> dict[str, str]:
    pages = {"status page": f"{url}/", "metrics": f"{url}/metrics"} if keep else {"pages": "live with KEEP=1"}
    return pages | {
        "report": str(fitted.report),
        "service log": str(work / "service.log"),
        "figures": str(BUILD / "demo.json"),
    }


def _metrics_agree(figures: Figures, url: str, say: Console) -> bool:
    """Whether the service's own count of images is what was sent."""
    counted = commands.images_counted(url)
    agrees = sum(counted.values()) == figures.images_sent
    if not agrees:
        say.print(f"error: {figures.images_sent} images were sent, but linewatch_images_total says {counted}.")
    return agrees


def _keep_streaming(line: Line, images: Sequence[LineImage], check_service: Check, say: Console) -> None:
    """Sends the images again and again, slowly, as new parts, until Ctrl-C."""
    say.print("The line keeps running; Ctrl-C stops it.")
    with suppress(KeyboardInterrupt):
        for lap in count(2):
            again = [replace(image, part_id=f"{image.part_id}-lap-{lap}") for image in images]
            line.run(again, SLOW_RATE, lambda _sent, _answers: check_service())


def _options() -> Options:
    parser = argparse.ArgumentParser(
        prog="python -m deploy.demo", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="folder in MVTec layout (default: rendered parts)")
    parser.add_argument("--keep", action="store_true", help="stay up, with the pages live, until Ctrl-C")
    parser.add_argument("--seed", type=int, default=0, help="of the rendering, the fit and the order")
    parser.add_argument("--images", type=_at_least_one, help="how many to stream (default: 300, or all of --data)")
    parser.add_argument("--epochs", type=_at_least_one, help="most epochs of the fit (default: as the fit has it)")
    parser.add_argument("--image-size", type=_at_least_one, default=256, help="side of what the model sees, pixels")
    parser.add_argument("--false-alarm-rate", type=float, help=f"of good parts (default: {FALSE_ALARM_RATE})")
    parser.add_argument("--rate", type=_positive, default=20.0, help="images a second")
    return Options(**vars(parser.parse_args()))


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, found {text!r}")
    return int(text)


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not value > 0:
        raise argparse.ArgumentTypeError(f"expected a number above 0, found {text!r}")
    return value


if __name__ == "__main__":
    raise SystemExit(main())
