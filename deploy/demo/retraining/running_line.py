"""A running service and review page, and a line that sends them parts."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen
from time import monotonic

from rich.console import Console

from deploy.demo import steps
from deploy.demo.figures import Answer, summarise
from deploy.demo.images import LineImage
from deploy.demo.line import Line, open_line
from deploy.demo.retraining.figures import Alarms, Phase
from deploy.devtools.broker.local import LocalKafka
from deploy.devtools.commands import linewatch
from deploy.devtools.commands.linewatch_train import Guarantee
from deploy.devtools.metrics import images_counted, samples
from deploy.devtools.ports import free_port
from deploy.devtools.waiting import wait_until

AUDIT_RATE, AUDIT_KEY = 0.05, "the demo keeps no secrets"
CHECK_EVERY = 5  # verdicts
PATIENCE_SECONDS = 60.0


@dataclass
class RunningLine:
    """The service, the review page and the line while they run."""

    url: str
    review_url: str
    stream: str
    rate: float
    environment: dict[str, str]
    service: Popen[bytes]
    log: Path
    review_log: Path
    line: Line
    console: Console
    sent: int = 0
    labels: dict[str, str] = field(default_factory=dict)
    """Of every part sent so far, by part id."""

    def phase(self, images: Sequence[LineImage], guarantee: Guarantee) -> tuple[Phase, list[Answer]]:
        """Stream parts and count the alarms meanwhile; the outcome, and every answer.

        Raises:
            DemoError: if the service ended, or did not count all parts in time.
        """
        before = self.alarms()
        first_drift = FirstDrift(lambda: self.alarms()["drift"], before["drift"])
        begun = monotonic()
        answers = steps.stream(self.line, images, self.rate, first_drift.check, self.console)
        seconds = monotonic() - begun
        answers += self.line.late_answers()
        self.sent += len(images)
        self.labels |= {image.part_id: image.label for image in images}
        self.wait(lambda: sum(images_counted(self.url).values()) >= self.sent, "all parts in the metrics")
        raised = {kind: count - before[kind] for kind, count in self.alarms().items()}
        after_parts = first_drift.after_parts or (len(images) if raised["drift"] else None)
        figures = summarise(images, answers, guarantee=guarantee, stream_seconds=seconds, seconds={})
        to_review = {answer.part_id for answer in answers if answer.to_review}
        normal = sum(image.part_id in to_review for image in images if image.is_normal)
        alarms = Alarms(raised["drift"], raised["burst"], after_parts)
        return Phase(figures, alarms, normal, len(to_review) - normal), answers

    def wait(self, happened: Callable[[], bool], what: str) -> None:
        """Poll until it happened.

        Raises:
            DemoError: if it did not in PATIENCE_SECONDS, or the service has ended.
        """

        def happened_or_ended() -> bool:
            self._check_service()
            return happened()

        wait_until(happened_or_ended, f"{what} (log of the service: {self.log})", seconds=PATIENCE_SECONDS, pause=0.1)

    def shows(self, metric: str, bundle: str) -> bool:
        """Whether an info metric of the service names this bundle for the stream."""
        return any(
            labels["bundle"] == bundle and labels["stream"] == self.stream and value == 1.0
            for labels, value in samples(self.url, metric)
        )

    def alarms(self) -> dict[str, int]:
        """How often each kind of alarm has gone off so far.

        Raises:
            DemoError: if the service has ended.
        """
        self._check_service()
        return {
            kind: int(sum(value for _, value in samples(self.url, f"linewatch_{kind}_alarms_total")))
            for kind in ("drift", "burst")
        }

    def _check_service(self) -> None:
        linewatch.check_running(self.service, self.log)


@dataclass
class FirstDrift:
    """After how many answers the first alarm of drift was seen, to within CHECK_EVERY."""

    count_alarms: Callable[[], int]
    alarms_before: int
    checked: int = 0
    after_parts: int | None = None

    def check(self, answers: int) -> None:
        """To be called while parts are streamed, with the number of answers so far."""
        if self.after_parts is None and answers >= self.checked + CHECK_EVERY:
            self.checked = answers
            if self.count_alarms() > self.alarms_before:
                self.after_parts = answers


def start_line(
    stack: ExitStack, kafka: LocalKafka, work: Path, stream: str, rate: float, console: Console
) -> RunningLine:
    """Start the service and the review page; both end with the stack.

    Raises:
        DemoError: if one of them did not get ready.
    """
    port, review_port = free_port(), free_port()
    environment = steps.service_settings(kafka, work, port) | {
        "LINEWATCH_ARCHIVE": str(work / "archive"),
        "LINEWATCH_REVIEW_PORT": str(review_port),
        "LINEWATCH_AUDIT_RATE": str(AUDIT_RATE),
        "LINEWATCH_AUDIT_KEY": AUDIT_KEY,
    }
    url, review_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{review_port}"
    log, review_log = work / "service.log", work / "review.log"
    linewatch.create_topics(environment)
    service = stack.enter_context(linewatch.running(environment, log, url))
    stack.enter_context(linewatch.running(environment, review_log, review_url, "review"))
    console.print(f"Service ready: {url}; review page: {review_url}")
    line = stack.enter_context(open_line(kafka.bootstrap_servers, stream))
    return RunningLine(url, review_url, stream, rate, environment, service, log, review_log, line, console)
