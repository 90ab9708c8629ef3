"""The composition root of `linewatch parts`: makes every part of the running process and connects them."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

import structlog
from kafka.errors import KafkaError

from service.parts.loop import PartsLoop
from service.parts.metrics import PartsMetrics
from service.parts.part_publisher import PartPublisher
from service.parts.partition import PartitionParts
from service.parts.rules import Place, Rules
from service.parts.verdict_consumer import VerdictConsumer
from service.record.clients import check_security, make_member, make_producer, transactional_id
from service.record.errors import unreachable
from service.record.topics import require_topics
from service.settings.parts import PartsSettings
from service.signals import stop_on_signal
from service.status import Status
from service.stream.consumer import leave_group
from service.threads import Stopped, until_stopped
from service.web.plain_pages import PlainPages
from service.web.probes import metrics as metrics_page
from service.web.probes import probes
from service.web.server import serving

log = structlog.get_logger(__name__)


def publish_parts(settings: PartsSettings, rules: Rules, place: Place) -> None:
    """Publish part verdicts until SIGTERM or SIGINT; then leave the group.

    Raises:
        WrongSecurity: if certificates or the like cannot be used.
        StreamError: if the brokers or topics cannot be used.
        PortTaken: if the pages cannot be served.
    """
    check_security(settings)
    metrics, status = PartsMetrics(rules.views), Status()
    with ExitStack() as resources:
        stop = resources.enter_context(stop_on_signal())
        _serve_pages(place, settings.allowed_hosts, metrics, status, resources)
        make = partial(_make_loop, settings, rules, place, metrics, status, resources, stop.is_set)
        try:
            loop = until_stopped(make, stop, "connecting")
        except Stopped:
            log.info("stopped before the brokers answered")
            return
        log.info("watching", topic=settings.verdicts_topic, group=place.group, views=list(rules.views))
        loop.run(stop.is_set)
    log.info("stopped: open parts are rebuilt from the topic at the next start")


def _serve_pages(place: Place, allowed_hosts: str, metrics: PartsMetrics, status: Status, resources: ExitStack) -> None:
    def waits_for() -> str:
        return "" if status.in_group else "not yet in the consumer group"

    pages = PlainPages(probes(status.hangs, waits_for) | metrics_page(metrics.registry), place.http_host, allowed_hosts)
    port = resources.enter_context(serving(pages, place.http_host, place.http_port))
    log.info("pages served", host=place.http_host, port=port)


def _make_loop(
    settings: PartsSettings,
    rules: Rules,
    place: Place,
    metrics: PartsMetrics,
    status: Status,
    resources: ExitStack,
    stopped: Callable[[], bool],
) -> PartsLoop:
    try:
        client = make_member(settings, place.group, place.instance)
        resources.callback(leave_group, client)
        require_topics(client, settings, {settings.verdicts_topic: "read", settings.parts_topic: "write"})
        name = transactional_id(place.group, place.instance)
        publisher = PartPublisher(partial(make_producer, settings, name), settings.parts_topic, stopped)
        resources.callback(publisher.close)
    except KafkaError as error:
        raise unreachable(settings, error) from error
    joined = partial(status.heartbeat, in_group=True)
    consumer = VerdictConsumer(client, settings.verdicts_topic, stopped, joined)
    return PartsLoop(consumer, publisher, partial(PartitionParts, rules), metrics, status)
