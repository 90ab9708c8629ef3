"""The loop as a story: a lamp ages, people review, and the line is taught anew while it runs."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from subprocess import Popen
from time import monotonic, sleep
from typing import Any

import cv2
from rich.console import Console

from deploy.demo import steps
from deploy.demo.figures import Answer, Tally, likely_false_alarms, summarise
from deploy.demo.images import LineImage
from deploy.demo.line import Line, open_line
from deploy.demo.options import Options
from deploy.demo.retraining.figures import Alarms, Loop, Phase, Promotion, Shadow
from deploy.demo.retraining.parts import HELD_BACK, RENDERED_PHASE, Parts, again, divide, rendered_line
from deploy.demo.retraining.reviewer import Reviewer
from deploy.demo.retraining.table import render_loop
from deploy.demo.steps import Clock
from deploy.devtools import commands
from deploy.devtools.commands import Promise
from deploy.devtools.errors import DemoError
from deploy.devtools.ports import free_port
from deploy.devtools.results import write_figures

RENDERED_STREAM = "flange-aging"
MOST_IN_PHASE = 400
SHADOWED = 40
AUDIT_RATE, AUDIT_KEY = 0.05, "the demo keeps no secrets"
BACKTESTED = 200
LOOK_EVERY = 5  # verdicts, at the metrics
PATIENCE_SECONDS = 60.0
PICTURE_HEIGHT = 320


@dataclass
class Running:
    """The service and the line while they run."""

    url: str
    stream: str
    rate: float
    environment: dict[str, str]
    service: Popen[bytes]
    log: Path
    line: Line
    say: Console
    sent: int = 0
    labels: dict[str, str] = field(default_factory=dict)
    """Of every part sent so far, by part id."""

    def phase(self, images: Sequence[LineImage], promise: Promise) -> tuple[Phase, list[Answer]]:
        """Streams parts, and counts the alarms meanwhile."""
        before, first_drift = self._alarms(), list[int]()
        looked_at = 0

        def look(answers: int) -> None:
            nonlocal looked_at
            if first_drift or answers < looked_at + LOOK_EVERY:
                return
            looked_at = answers
            commands.check_running(self.service, self.log)
            if self._alarms()["drift"] > before["drift"]:
                first_drift.append(answers)

        begun = monotonic()
        answers = steps.stream(self.line, images, self.rate, look, self.say)
        seconds = monotonic() - begun
        answers += self.line.late_answers()
        self.sent += len(images)
        self.labels |= {image.part_id: image.label for image in images}
        self.wait(lambda: sum(commands.images_counted(self.url).values()) >= self.sent, "all parts in the metrics")
        rose = {kind: count - before[kind] for kind, count in self._alarms().items()}
        if rose["drift"] and not first_drift:
            first_drift.append(len(images))
        alarms = Alarms(rose["drift"], rose["burst"], first_drift[0] if first_drift else None)
        figures = summarise(images, answers, promise=promise, stream_seconds=seconds, seconds={})
        doubtful = {answer.part_id for answer in answers if answer.to_review}
        normal = sum(image.part_id in doubtful for image in images if image.is_normal)
        return Phase(figures, alarms, normal, len(doubtful) - normal), answers

    def wait(self, happened: Callable[[], bool], what: str) -> None:
        """Polls until it happened.

        Raises:
            DemoError: it did not in PATIENCE_SECONDS, or the service has ended.
        """
        deadline = monotonic() + PATIENCE_SECONDS
        while not happened():
            commands.check_running(self.service, self.log)
            if monotonic() > deadline:
                raise DemoError(f"Expected {what} within {PATIENCE_SECONDS:.0f} s; the service's log is {self.log}.")
            sleep(0.1)

    def shows(self, metric: str, bundle: str) -> bool:
        """Whether the service says that this bundle has the role."""
        return any(
            labels["bundle"] == bundle and labels["stream"] == self.stream and value == 1.0
            for labels, value in commands.samples(self.url, metric)
        )

    def _alarms(self) -> dict[str, int]:
        return {
            kind: int(sum(value for _, value in commands.samples(self.url, f"linewatch_{kind}_alarms_total")))
            for kind in ("drift", "burst")
        }


def run(options: Options, build: Path, say: Console) -> int:
    """The whole story; leaves `demo-loop.json` and what it made under `build`. The exit status.

    Raises:
        DemoError, BrokerError: a step failed.
    """
    clock = Clock()
    with ExitStack() as stack:
        with clock("setup"):
            work = steps.fresh_folder(build / "demo-loop")
            kafka = steps.start_broker(stack, work, say)
            parts, stream = _prepare(options, work, say)
        with clock("fit"):
            fitted = steps.fit(parts.fit_on, stream, work, options, say)
        with clock("setup"):
            url, page = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
            environment = steps.service_settings(kafka, work, int(url.rpartition(":")[2])) | {
                "LINEWATCH_ARCHIVE": str(work / "archive"),
                "LINEWATCH_REVIEW_PORT": page.rpartition(":")[2],
                "LINEWATCH_AUDIT_RATE": str(AUDIT_RATE),
                "LINEWATCH_AUDIT_KEY": AUDIT_KEY,
            }
            commands.create_topics(environment)
            log = work / "service.log"
            service = stack.enter_context(commands.service(environment, log, url))
            stack.enter_context(commands.service(environment, work / "review.log", page, "review"))
            say.print(f"Service ready: {url}; review page: {page}")
            line = stack.enter_context(open_line(kafka.bootstrap_servers, stream))
        running = Running(url, stream, options.rate, environment, service, log, line, say)
        found, retrained = _story(running, parts, fitted, page, work, clock)
        agrees = steps.metrics_agree(commands.images_counted(url), running.sent, say)
    seconds, figures = clock.with_total(), build / "demo-loop.json"
    where_to_look = {
        "report of the first fit": str(fitted.report),
        "report of the challenger": str(Path(retrained["path"]) / "report" / "report.html"),
        "backtest": retrained["backtest_report"],
        "pictures": str(_picture(parts, work / "lamp.png")),
        "logs": f"{log}, {work / 'review.log'}",
        "figures": str(figures),
    }
    print(render_loop(found, seconds, where_to_look), flush=True)
    write_figures(figures, found.as_json(seconds))
    return 0 if found.every_image_has_one_verdict and agrees else 1


def _prepare(options: Options, work: Path, say: Console) -> tuple[Parts, str]:
    phase = options.images
    if options.data is None:
        phase = phase or RENDERED_PHASE
        data = rendered_line(work, seed=options.seed, size=options.image_size, phase=phase, say=say)
        return divide(data, work, hold_back=False, phase=phase), RENDERED_STREAM
    parts = divide(options.data, work, hold_back=True, phase=phase or MOST_IN_PHASE)
    say.print(f"One in {HELD_BACK} of train/good is not fitted on but streamed.")
    return parts, steps.stream_name(options.data)


def _story(
    running: Running, parts: Parts, fitted: commands.Fitted, page: str, work: Path, clock: Clock
) -> tuple[Loop, dict[str, Any]]:
    """From a line that runs well to one that does so again; what retrain said, too."""
    say, stream, environment = running.say, running.stream, running.environment
    with clock("stream"):
        say.print("\n1. The line runs well.")
        before, answers = running.phase(parts.before, fitted.promise)
        say.print("\n2. The lamp has lost a tenth of its light.")
        since = datetime.now(UTC)
        drifted, more = running.phase(parts.drifted, fitted.promise)
    with clock("review"):
        say.print("\n3. Somebody reviews what was flagged, and the audits.")
        asked = {answer.part_id for answer in (*answers, *more) if answer.asked}
        reviews = Reviewer(page, stream).answer_all(asked, running.labels)
        say.print(", ".join(f"{label} {count}" for label, count in sorted(reviews.items())))
    span = ("--from", since.isoformat())
    with clock("retrain"):
        say.print("\n4. The line is taught anew; the result decides nothing yet.")
        retrained = commands.train("retrain", stream, *span, "--out", work / "collected", environment=environment)
    challenger = str(retrained["challenger"])
    with clock("backtest"):
        say.print("\n5. Both bundles judge the same images.")
        backtest = commands.train("backtest", stream, *span, "--limit", BACKTESTED, environment=environment)
    with clock("shadow"):
        say.print("\n6. The challenger is shown the line, in the champion's shadow.")
        running.wait(partial(running.shows, "linewatch_challenger_info", challenger), "the challenger in the shadow")
        shadow = _shadow(running, again(parts.drifted, "shadow", SHADOWED), fitted.promise)
    with clock("promote"):
        say.print("\n7. It is to be promoted.")
        promotion = _promote(running, challenger, drifted)
        if promotion.done:
            running.wait(partial(running.shows, "linewatch_bundle_info", challenger), "the promoted bundle in force")
    calibration = int(retrained["images"]["calibration"]) if promotion.done else fitted.promise.calibration_images
    promise = Promise(fitted.promise.budget, calibration)
    with clock("stream"):
        say.print("\n8. Other parts under the same weak lamp.")
        after, _ = running.phase(parts.after, promise)
    found = Loop(
        before=before,
        drifted=drifted,
        after=after,
        reviews=dict(reviews),
        collected=dict(retrained["collected"]["images"]),
        missed=list(backtest["missed"]),
        promotion=promotion,
        shadow=shadow,
        promise=promise,
        champion=fitted.bundle,
        challenger=challenger,
    )
    return found, retrained | {"backtest_report": backtest["report"]}


def _shadow(running: Running, images: Sequence[LineImage], promise: Promise) -> Shadow:
    phase, answers = running.phase(images, promise)
    judged = [answer for answer in answers if answer.challenger_flags is not None]
    if not judged or not phase.figures.every_image_has_one_verdict:
        raise DemoError(
            f"Expected verdicts on {len(images)} parts that carry what the challenger said, found {len(judged)}; "
            f"the service's log is {running.log}."
        )
    normal = {image.part_id for image in images if image.is_normal}
    good = [answer for answer in judged if answer.part_id in normal]
    return Shadow(len(images), len(judged), Tally(len(good), sum(bool(answer.challenger_flags) for answer in good)))


def _promote(running: Running, challenger: str, drifted: Phase) -> Promotion:
    """Promotes, by force if need be; not if the guard refuses and there is no need.

    The guard makes allowance for a champion that breaks its budget, but what stands out even to that one it holds
    against the challenger: one smear is enough, however many good parts are at stake. Force is for that case alone.

    Raises:
        DemoError: promote refused in spite of force.
    """
    refused = commands.promote(running.stream, challenger, running.environment)
    if refused is None:
        return Promotion(done=True)
    running.say.print(refused, markup=False)
    normal = drifted.figures.normal
    if normal.flagged <= likely_false_alarms(normal.sent, drifted.figures.promise)[1]:
        running.say.print("The champion keeps its budget under this lamp, too: it stays.")
        return Promotion(done=False)
    reason = f"the champion flags {normal.flagged} of {normal.sent} good parts"
    still = commands.promote(running.stream, challenger, running.environment, force=reason)
    if still is not None:
        raise DemoError(f"linewatch-train promote refused in spite of --force: {still}")
    return Promotion(done=True, forced=reason)


def _picture(parts: Parts, target: Path) -> Path:
    """A good part under the good lamp, another under the weak one, and a defect under that."""
    chosen = (parts.before, True), (parts.after, True), (parts.after, False)
    tiles = []
    for images, normal in chosen:
        path = next(image.path for image in images if image.is_normal is normal)
        image = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if image is None:
            raise DemoError(f"Expected an image that can be shown, found {path}.")
        width = max(1, round(PICTURE_HEIGHT * image.shape[1] / image.shape[0]))
        tiles.append(cv2.resize(image, (width, PICTURE_HEIGHT), interpolation=cv2.INTER_AREA))
    cv2.imwrite(str(target), cv2.hconcat(tiles))
    return target
