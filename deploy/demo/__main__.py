"""`python -m deploy.demo`: a whole production line in one command.

Starts a Kafka broker, renders parts (or takes --data), fits on the normal ones, runs the service, streams the
others through it, and ends with a table; the same figures go to build/demo.json. With --loop the lamp ages, and reviews
and retraining adapt the line to it (build/demo-loop.json).
"""

import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path

from rich.console import Console

from deploy.demo import steps
from deploy.demo.figures import Figures, summarise
from deploy.demo.images import LineImage, check_layout, images_to_stream
from deploy.demo.line import Line, open_line
from deploy.demo.options import Options, read_options
from deploy.demo.renderer.defects import DEFECTS
from deploy.demo.renderer.render import write_line
from deploy.demo.retraining import story
from deploy.demo.steps import Check, Clock
from deploy.demo.table import render_table
from deploy.devtools.commands import linewatch
from deploy.devtools.commands.linewatch_train import Fitted
from deploy.devtools.errors import ToolingError
from deploy.devtools.metrics import images_counted
from deploy.devtools.paths import BUILD
from deploy.devtools.ports import free_port, is_free
from deploy.devtools.results import write_figures

RENDERED_STREAM, RENDERED_IMAGES, RENDERED_NORMAL = "flange", 300, 200
DEFECT_SHARE = 1 / 3
PREFERRED_PORT = 8000
SLOW_RATE = 2.0  # images a second while --keep waits for Ctrl-C


def main() -> int:
    options = read_options(__doc__ or "")
    # SIGTERM unwinds the stack as Ctrl-C does, so every child is ended.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console = Console(stderr=True, highlight=False)
    try:
        return story.run(options, BUILD, console) if options.loop else _run(options, console)
    except ToolingError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130


def _run(options: Options, console: Console) -> int:
    clock = Clock()
    with ExitStack() as stack:
        with clock("setup"):
            work = steps.fresh_folder(BUILD / "demo")
            kafka = steps.start_broker(stack, work, console)
            data, stream = _prepare_data(options, work, console)
            images = images_to_stream(data, options.seed, options.images)
        with clock("fit"):
            fitted = steps.fit(data, stream, work, options, console)
        with clock("setup"):
            port = PREFERRED_PORT if options.keep and is_free(PREFERRED_PORT) else free_port()
            environment, url = steps.service_settings(kafka, work, port), f"http://127.0.0.1:{port}"
            linewatch.create_topics(environment)
            log = work / "service.log"
            service = stack.enter_context(linewatch.running(environment, log, url))
            check_service = partial(linewatch.check_running, service, log)
            console.print(f"Service ready: {url}")
            line = stack.enter_context(open_line(kafka.bootstrap_servers, stream))
        with clock("stream"):
            answers = steps.stream(line, images, options.rate, lambda _answers: check_service(), console)
        answers += line.late_answers()
        figures = summarise(
            images,
            answers,
            guarantee=fitted.guarantee,
            stream_seconds=clock.seconds["stream"],
            seconds=clock.with_total(),
        )
        _report(figures, _where_to_look(url, fitted, work, keep=options.keep))
        agrees = steps.metrics_agree(images_counted(url), figures.images_sent, console)
        if options.keep:
            _keep_streaming(line, images, check_service, console)
    return 0 if figures.every_image_has_one_verdict and agrees else 1


def _prepare_data(options: Options, work: Path, console: Console) -> tuple[Path, str]:
    """A folder in MVTec layout, and the stream's name."""
    if options.data:
        check_layout(options.data)
        return options.data, steps.stream_name(options.data)
    total = options.images or RENDERED_IMAGES
    per_defect = max(1, round(total * DEFECT_SHARE / len(DEFECTS)))
    test_good = max(1, total - per_defect * len(DEFECTS))
    console.print(f"Rendering {RENDERED_NORMAL} normal parts to fit on and {total} to stream …")
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


def _report(figures: Figures, where_to_look: dict[str, str]) -> None:
    print(render_table(figures, where_to_look), flush=True)
    write_figures(BUILD / "demo.json", figures.as_json())


def _where_to_look(url: str, fitted: Fitted, work: Path, *, keep: bool) -> dict[str, str]:
    pages = {"status page": f"{url}/", "metrics": f"{url}/metrics"} if keep else {"pages": "live with KEEP=1"}
    return pages | {
        "report": str(fitted.report),
        "service log": str(work / "service.log"),
        "figures": str(BUILD / "demo.json"),
    }


def _keep_streaming(line: Line, images: Sequence[LineImage], check_service: Check, console: Console) -> None:
    """Send the images again and again, slowly, as new parts, until Ctrl-C."""
    console.print("The line keeps running; Ctrl-C stops it.")
    with suppress(KeyboardInterrupt):
        for lap in count(2):
            again = [replace(image, part_id=f"{image.part_id}-lap-{lap}") for image in images]
            line.run(again, SLOW_RATE, lambda _sent, _answers: check_service())


if __name__ == "__main__":
    raise SystemExit(main())
