"""The composition root of `linewatch send`: its parts, and the loop of looking and sending."""

import os
import time
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import TextIO

import structlog

from service.record.clients import check_security
from service.scoring.image import ImageLimits
from service.scoring.printable import printable
from service.send.delivery import Delivery
from service.send.disposal import REJECTED, Disposal
from service.send.files import FoundFile
from service.send.intake import Intake, Rules, Sorted
from service.send.journal import Journal
from service.send.looking import Look, Looker
from service.send.metrics import SendMetrics
from service.send.order import order
from service.send.pace import Pace
from service.send.progress_line import ProgressLine
from service.send.request import SendRequest
from service.send.sender import Sender
from service.send.sent_on_topic import numbers_on_topic
from service.send.telemetry import Telemetry
from service.settings.scoring import ServiceSettings
from service.signals import stop_on_signal
from service.threads import Stopped
from service.web.plain_pages import PlainPages
from service.web.probes import metrics as metrics_page
from service.web.probes import probes
from service.web.server import serving

log = structlog.get_logger(__name__)

LOOK_AGAIN_SECONDS = 5.0
"""A long backlog is left for a new look after this, so that the metrics know of what came meanwhile."""

TIDY_SECONDS = 86_400.0
RETRY_SECONDS = 10.0
"""Between two tries to move or delete files."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of the files."""

    found: int
    """Image files at the first look."""
    already_sent: int
    sent: int
    rejected: dict[str, int]
    """Reason -> files that cannot be images."""
    rejected_before: int
    """Files that could not be moved aside when they were rejected by an earlier command."""
    left: int
    """Files that were not sent: still written, or not to be read."""
    unmoved: int
    passed_over: dict[str, int]
    """Reason -> files that are no images by their names."""
    troubles: dict[str, str]
    """What could not be looked at -> why."""
    is_stopped: bool
    seconds: float

    @property
    def is_good(self) -> bool:
        """Whether all that was there is on the topic, and where it belongs."""
        return not (self.rejected or self.rejected_before or self.left or self.unmoved or self.troubles)


def send(request: SendRequest, settings: ServiceSettings, terminal: TextIO) -> Summary:
    """Send image files: what is there, or until SIGTERM or SIGINT what comes.

    Raises:
        WrongSecurity, StreamError: if certificates, brokers or topics cannot be used.
        JournalError: if the journal cannot.
        PortTaken: if the metrics cannot be served.
    """
    check_security(settings)
    metrics = SendMetrics(request.stream)
    line = ProgressLine(terminal)
    telemetry = Telemetry(metrics, line)
    with ExitStack() as resources:
        stop = resources.enter_context(stop_on_signal())
        resources.callback(line.clear)
        journal = Journal(request.journal, settings.images_topic, request.stream)
        resources.callback(journal.close)
        _serve_metrics(request, settings, metrics, telemetry, resources)
        delivery = Delivery(settings, journal.id, stop.is_set)
        resources.callback(delivery.close)
        disposal = Disposal(request.mode, request.move_to, request.rejected_to)
        intake = Intake(_rules(request, settings), journal, disposal, telemetry)
        sender = Sender(
            journal,
            delivery,
            intake,
            Pace(request.rate),
            telemetry,
            stop,
            partial(numbers_on_topic, settings, journal.id),
            is_patient=request.watch,
        )
        turns = _Turns(request, journal, intake, sender, telemetry, stop)
        return turns.watch() if request.watch else turns.once()


def _rules(request: SendRequest, settings: ServiceSettings) -> Rules:
    limits = ImageLimits(settings.max_image_bytes, settings.max_image_pixels)
    return Rules(
        request.stream,
        request.part_id,
        request.capture_time,
        limits,
        request.settle_seconds,
        max(request.settle_seconds, request.patience_seconds),
    )


def _serve_metrics(
    request: SendRequest, settings: ServiceSettings, metrics: SendMetrics, telemetry: Telemetry, resources: ExitStack
) -> None:
    if request.http_port is None:
        return
    pages = probes(telemetry.hangs, telemetry.waits_for) | metrics_page(metrics.registry)
    app = PlainPages(pages, request.http_host, settings.allowed_hosts)
    port = resources.enter_context(serving(app, request.http_host, request.http_port))
    log.info("metrics served", host=request.http_host, port=port)


class _Turns:
    """Looks and sends, turn by turn."""

    def __init__(
        self,
        request: SendRequest,
        journal: Journal,
        intake: Intake,
        sender: Sender,
        telemetry: Telemetry,
        stop: Event,
    ) -> None:
        self._request = request
        self._journal = journal
        self._intake = intake
        self._sender = sender
        self._telemetry = telemetry
        self._stop = stop
        apart = [request.move_to, request.rejected_to, *(path / REJECTED for path in request.paths)]
        self._looker = Looker(request.paths, [each for each in apart if each is not None])
        self._start = time.monotonic()
        self._dispose_at = self._start
        self._tidy_at = self._start
        self._rejected_before = 0

    def watch(self) -> Summary:
        """Until a stop is requested."""
        first, found = self._begin()
        try:
            self._sender.connect()
            log.info("watching", paths=[printable(each) for each in self._request.paths], waiting=len(found.pending))
            while not self._stop.is_set():
                began = time.monotonic()
                look = self._looker.look()
                look_seconds = time.monotonic() - began
                self._tell(look)
                found = self._turn(look.files)
                self._tidy(look)
                # A share with so many files that a look takes long is looked at half of the time at most.
                self._stop.wait(max(look_seconds, 0.0 if self._telemetry.is_busy else self._request.poll_seconds))
        except Stopped:
            pass
        log.info("stopped: what was sent is in the journal, the rest is sent after the next start")
        return self._summary(first, found)

    def once(self) -> Summary:
        """What is there now, until nothing more can be done for it."""
        first, found = self._begin()
        request = self._request
        patience = max(request.patience_seconds, request.settle_seconds) + 4 * request.poll_seconds
        try:
            if found.pending or found.leftovers:
                self._sender.connect()
            deadline = time.monotonic() + patience
            while (found.pending or found.leftovers) and not self._stop.is_set():
                before = len(found.pending), len(found.leftovers)
                look = self._looker.look()
                found = self._turn({key: each for key, each in look.files.items() if key in first.files})
                if (len(found.pending), len(found.leftovers)) < before:
                    deadline = time.monotonic() + patience
                elif time.monotonic() > deadline:
                    break
                self._stop.wait(0.0 if self._telemetry.is_busy else min(request.poll_seconds, 0.2))
            found = self._intake.sort(
                {key: each for key, each in self._looker.look().files.items() if key in first.files}
            )
        except Stopped:
            pass
        return self._summary(first, found)

    def _begin(self) -> tuple[Look, Sorted]:
        look = self._looker.look()
        found = self._intake.sort(look.files)
        self._telemetry.look(backlog=len(found.pending), unmoved=len(found.leftovers))
        self._telemetry.already_sent = len(look.files) - len(found.pending) - len(found.rejected)
        self._rejected_before = len(found.rejected)
        self._tell(look)
        return look, found

    def _turn(self, files: dict[bytes, FoundFile]) -> Sorted:
        """One look's work; gives what was there before it."""
        found = self._intake.sort(files)
        self._telemetry.look(backlog=len(found.pending), unmoved=len(found.leftovers))
        now = time.monotonic()
        if found.leftovers and now >= self._dispose_at and not self._intake.dispose(found.leftovers):
            self._dispose_at = time.monotonic() + RETRY_SECONDS
        self._sender.send(sorted(found.pending, key=order), now + LOOK_AGAIN_SECONDS)
        return found

    def _tell(self, look: Look) -> None:
        for path, why in look.troubles.items():
            self._telemetry.tell(path, why, path, "cannot be looked at")

    def _tidy(self, look: Look) -> None:
        """Once a day, have the journal forget files that are gone for long."""
        folders = [path for path in self._request.paths if path.is_dir()]
        if time.monotonic() < self._tidy_at or look.troubles or not look.files:
            return
        self._tidy_at = time.monotonic() + TIDY_SECONDS
        for folder in folders:
            self._journal.forget_others(os.fsencode(os.path.realpath(folder)) + b"/", look.files)

    def _summary(self, first: Look, found: Sorted) -> Summary:
        passed: dict[str, int] = {}
        for each in first.passed:
            passed[str(each.why)] = passed.get(str(each.why), 0) + each.files
        return Summary(
            found=len(first.files),
            already_sent=self._telemetry.already_sent,
            sent=self._telemetry.sent,
            rejected=dict(self._telemetry.rejected),
            rejected_before=self._rejected_before,
            left=len(found.pending),
            unmoved=len(found.leftovers),
            passed_over=passed,
            troubles={printable(path): why for path, why in first.troubles.items()},
            is_stopped=self._stop.is_set(),
            seconds=time.monotonic() - self._start,
        )
