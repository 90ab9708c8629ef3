"""The composition root of `linewatch follow --webhook`: group, lanes, metrics, and their pages."""

import hashlib
import ssl
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from time import monotonic

import structlog
from kafka import KafkaConsumer
from kafka.errors import KafkaError

from service.follow.choice import Choice
from service.follow.times import Start
from service.follow.webhook.address import Address
from service.follow.webhook.connection import Connection
from service.follow.webhook.deliveries import Deliveries
from service.follow.webhook.group_start import begin_group
from service.follow.webhook.lane import Sending
from service.follow.webhook.metrics import WebhookMetrics
from service.follow.webhook.trust import Trust
from service.record.clients import check_security, make_member
from service.record.errors import unreachable
from service.settings.follow import FollowSettings
from service.signals import stop_on_signal
from service.stream.consumer import leave_group
from service.threads import Stopped, until_stopped
from service.web.plain_pages import PlainPages
from service.web.probes import metrics as metrics_page
from service.web.probes import probes
from service.web.server import serving

log = structlog.get_logger(__name__)

HANG_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where verdicts are sent, and how; `port` is that of the metrics, None for none."""

    address: Address
    secrets: tuple[bytes, ...]
    choice: Choice
    start: Start
    group: str
    timeout_seconds: float
    most_in_flight: int
    host: str
    port: int | None


def group_of(url: str, choice: Choice) -> str:
    """The group for an address and a choice: whoever is sent something else must be in another one."""
    return f"linewatch-webhook-{hashlib.sha256(f'{url} {choice}'.encode()).hexdigest()[:16]}"


def send_verdicts(settings: FollowSettings, webhook: Webhook) -> None:
    """Send verdicts until SIGTERM or SIGINT.

    Raises:
        WrongSecurity: if certificates or the like cannot be used.
        StreamError: if the brokers or the topic cannot be used.
        PortTaken: if the metrics cannot be served.
    """
    check_security(settings)
    with ExitStack() as resources:
        stop = resources.enter_context(stop_on_signal())
        pulse, metrics = _Pulse(), WebhookMetrics()
        try:
            until_stopped(partial(begin_group, settings, webhook.group, webhook.start), stop, "beginning")
            client = until_stopped(partial(_connect, settings, webhook.group), stop, "connecting")
        except Stopped:
            return
        resources.callback(leave_group, client)
        sending = Sending(
            partial(Connection, webhook.address, webhook.timeout_seconds, ssl.create_default_context()),
            webhook.secrets,
            threading.BoundedSemaphore(webhook.most_in_flight),
            Trust(),
            metrics,
        )
        topic = settings.verdicts_topic
        deliveries = Deliveries(client, topic, webhook.choice, sending, stop.is_set, pulse.beat)
        metrics.watch(deliveries.lag, deliveries.oldest_seconds)
        if webhook.port is not None:
            _serve(webhook.host, webhook.port, metrics, deliveries, pulse, resources)
        log.info("sending verdicts", topic=topic, to=webhook.address.text, group=webhook.group)
        try:
            deliveries.run()
        except KafkaError as error:
            raise unreachable(settings, error) from error
    log.info("stopped: what the receiver took is committed, the others are sent at the next start")


def _connect(settings: FollowSettings, group: str) -> KafkaConsumer:
    try:
        return make_member(settings, group)
    except KafkaError as error:
        raise unreachable(settings, error) from error


def _serve(
    host: str, port: int, metrics: WebhookMetrics, deliveries: Deliveries, pulse: "_Pulse", resources: ExitStack
) -> None:
    pages = probes(pulse.hangs, lambda: "" if deliveries.is_member else "not yet in the consumer group")
    app = PlainPages(pages | metrics_page(metrics.registry), host, "")
    log.info("pages served", host=host, port=resources.enter_context(serving(app, host, port)))


class _Pulse:
    """When the loop last turned."""

    def __init__(self) -> None:
        self._at = monotonic()

    def beat(self) -> None:
        """The loop turns."""
        self._at = monotonic()

    def hangs(self) -> str:
        """Why the process should be restarted, or nothing."""
        seconds = monotonic() - self._at
        return f"the loop has not turned for {seconds:.0f} seconds" if seconds > HANG_SECONDS else ""
