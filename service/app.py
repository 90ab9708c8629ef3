"""The composition root of `linewatch run`: makes every part of the running service and connects them."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from wsgiref.types import WSGIApplication

import structlog
from kafka import KafkaConsumer
from kafka.errors import KafkaError

from service.bundles.challengers import Challengers
from service.bundles.champions import Champions
from service.bundles.loaded_graphs import LoadedGraphs
from service.bundles.store_watcher import StoreWatcher
from service.environment.cores import usable_cores
from service.metrics import Metrics
from service.record.clients import check_security, make_consumer, make_producer, transactional_id
from service.record.errors import unreachable
from service.record.messages import Record
from service.record.topics import check_topics
from service.scoring.bundle import BundleStore
from service.scoring.image import ImageLimits
from service.scoring.workers.forking import WorkerTemplate
from service.scoring.workers.pool import DecodeWorkers
from service.settings.run import RunSettings
from service.signals import stop_on_signal
from service.status import Status
from service.stream.audit_sampling import NO_AUDITS, AuditSampling
from service.stream.consumer import Consumer, leave_group
from service.stream.delivery import Delivery
from service.stream.held_partitions import HeldPartitions
from service.stream.image_decoder import ImageDecoder
from service.stream.in_flight import InFlight
from service.stream.loop import Loop
from service.stream.outcome import Outcome, OutcomeMaker
from service.stream.pace import Pace
from service.stream.publisher import Publisher
from service.stream.shadow import Shadow
from service.stream.telemetry import Telemetry
from service.threads import Begun, Stopped, running, until_stopped
from service.web.plain_pages import PlainPages
from service.web.probes import metrics as metrics_page
from service.web.probes import probes
from service.web.readiness import waits_for
from service.web.server import serving, serving_probes

log = structlog.get_logger(__name__)

FIRST_LOOK_SECONDS = 0.05
"""Between two looks whether the first champions are loaded."""

NO_BROKERS_YET = "stopped before the brokers answered"

WATCHER_SECONDS = 5.0
"""How long a stop waits for the store's watcher at most."""


def run(settings: RunSettings, template: WorkerTemplate) -> None:
    """Score images from Kafka until SIGTERM or SIGINT; then finish the current batch and leave the group.

    Raises:
        WrongSecurity: if certificates or the like cannot be used.
        StreamError: if the brokers or topics cannot be used.
        PortTaken: if the pages cannot be served.
        WorkersFailedError: if the system starts no process.
    """
    check_security(settings)
    settings = _with_threads(settings)
    metrics, status = Metrics(), Status()
    store = BundleStore(settings.store)
    graphs = LoadedGraphs(metrics, settings.loaded_graphs)
    champions = Champions(store, metrics, settings.score_threads, graphs)
    challengers = Challengers(store, metrics, settings.score_threads, graphs)
    with ExitStack() as resources:
        stop = resources.enter_context(stop_on_signal())
        workers = _start_workers(settings, template, resources)
        _serve_pages(settings, metrics, champions, challengers, status, resources)
        watcher = StoreWatcher(champions, challengers, metrics, status, settings.reload_seconds)
        resources.enter_context(running(watcher.run, stop, "store", join_seconds=WATCHER_SECONDS))
        connecting = Begun(partial(_connect, settings, resources), "connecting")  # while the champions are proven
        if not _wait_for_a_champion(champions, watcher, stop, settings):
            if connecting.is_under_way():
                log.info(NO_BROKERS_YET)
            return
        shadow = Shadow(challengers, metrics, settings.shadow_lag_records)
        images = partial(_in_flight, settings, champions, shadow, workers, metrics, resources)
        make = partial(_make_loop, settings, connecting.result, images, shadow, metrics, status, resources, stop.is_set)
        try:
            loop = until_stopped(make, stop, "connecting")
        except Stopped:
            log.info(NO_BROKERS_YET)
            return
        log.info("watching", topic=settings.images_topic, group=settings.group, streams=list(champions.all()))
        loop.run(stop.is_set)
    log.info("stopped: every polled image is committed, or left for other replicas")


def _with_threads(settings: RunSettings) -> RunSettings:
    """The settings with numbers of threads in place of 0, which has the cores decide."""
    names = ("decode_threads", "score_threads")
    return settings.model_copy(update={name: getattr(settings, name) or usable_cores() for name in names})


def _serve_pages(
    settings: RunSettings,
    metrics: Metrics,
    champions: Champions,
    challengers: Challengers,
    status: Status,
    resources: ExitStack,
) -> None:
    host, allowed = settings.http_host, settings.allowed_hosts

    def status_page() -> WSGIApplication:
        from service.web.status_page import make_pages  # noqa: PLC0415 - Flask is loaded once somebody looks at the page

        return make_pages(metrics.registry, champions, challengers, status, host, allowed)

    plain = probes(status.hangs, partial(waits_for, champions, status))
    probing = serving_probes(PlainPages(plain, host, allowed), host, settings.probe_port, settings.http_port)
    probe_port = resources.enter_context(probing)
    pages = PlainPages(plain | metrics_page(metrics.registry), host, allowed, others=status_page)
    port = resources.enter_context(serving(pages, host, settings.http_port))
    log.info("pages served", host=host, port=port, probe_port=probe_port)


def _start_workers(settings: RunSettings, template: WorkerTemplate, resources: ExitStack) -> DecodeWorkers:
    limits = ImageLimits(settings.max_image_bytes, settings.max_image_pixels)
    workers = DecodeWorkers(settings.decode_threads, limits, settings.decode_seconds, template)
    resources.callback(workers.close)
    return workers


def _connect(settings: RunSettings, resources: ExitStack) -> KafkaConsumer:
    """A consumer that is in no group yet, of topics that are there."""
    try:
        client = make_consumer(settings)
        resources.callback(leave_group, client)
        check_topics(client, settings)
    except KafkaError as error:
        raise unreachable(settings, error) from error
    return client


def _make_loop(
    settings: RunSettings,
    connected: Callable[[], KafkaConsumer],
    make_images: Callable[[], InFlight],
    shadow: Shadow,
    metrics: Metrics,
    status: Status,
    resources: ExitStack,
    stopped: Callable[[], bool],
) -> Loop:
    client = connected()
    try:
        name = transactional_id(settings.group, settings.instance)
        publisher = Publisher(partial(make_producer, settings, name), settings, stopped)
        resources.callback(publisher.close)
    except KafkaError as error:
        raise unreachable(settings, error) from error
    consumer = Consumer(client, settings.images_topic, stopped, joined=partial(status.heartbeat, in_group=True))
    telemetry = Telemetry(metrics, status, consumer, shadow)
    held = HeldPartitions(consumer, metrics, status)
    delivery, pace = Delivery(publisher, consumer, held), Pace(settings.batch_images)
    return Loop(consumer, make_images(), pace, delivery, held, telemetry, metrics)


def _in_flight(
    settings: RunSettings,
    champions: Champions,
    shadow: Shadow,
    workers: DecodeWorkers,
    metrics: Metrics,
    resources: ExitStack,
) -> InFlight:
    decoder = ImageDecoder(champions, shadow, workers, metrics, settings.decode_threads)
    outcomes = OutcomeMaker(metrics, _audits(settings), shadow, settings.score_threads)
    threads = resources.enter_context(ThreadPoolExecutor(settings.decode_threads + settings.score_threads, "image"))
    resources.callback(threads.shutdown, cancel_futures=True)  # what is not begun is left for other replicas

    def process(record: Record) -> Outcome:
        return outcomes.make(record, decoder.decode(record))

    return InFlight(process, threads)


def _audits(settings: RunSettings) -> AuditSampling:
    if settings.audit_key is None:
        return NO_AUDITS
    return AuditSampling(settings.audit_rate, settings.audit_key.get_secret_value().encode())


def _wait_for_a_champion(
    champions: Champions, watcher: StoreWatcher, stop: threading.Event, settings: RunSettings
) -> bool:
    """Take no image before all champions have been looked for, and there is one to decide; False if stopped first."""
    has_said = False
    while not (watcher.looked.is_set() and champions.all()):
        if watcher.looked.is_set() and not has_said:
            has_said = True
            log.warning("no champion to decide yet, waiting for one", store=str(settings.store))
        if stop.wait(min(settings.reload_seconds / 4.0, FIRST_LOOK_SECONDS)):
            return False
    return True
