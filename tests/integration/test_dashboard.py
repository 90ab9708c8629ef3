"""Every expression of the dashboard and of the alerts has data, once a real Prometheus watches a real line."""

import json
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import yaml
from prometheus_client import CollectorRegistry, start_http_server

from deploy.devtools.broker.local import LocalKafka
from deploy.devtools.paths import REPOSITORY
from deploy.grafana.dashboard import FILE
from service.parts.metrics import PartsMetrics
from service.quality.rates import Group, Rates
from service.record.messages import Headers
from service.review.metrics import ReviewMetrics
from service.review.quality_metrics import export
from service.scoring.image import Reason
from service.send.metrics import SendMetrics
from tests.support.broker import MakeTopics
from tests.support.bundles import WATCHED, challenge, part, png, write_bundle
from tests.support.line import Line
from tests.support.prometheus import Prometheus, prometheus, tool
from tests.support.service import Service, wait_until

pytestmark = pytest.mark.integration

RULES = REPOSITORY / "deploy" / "prometheus" / "alerts.yml"
STREAM: Headers = [("stream", b"left-camera")]
GRAFANA_VARIABLES = {"$stream": ".*", "$__rate_interval": "10m", "$__range": "1h"}


def _panels() -> list[tuple[str, str]]:
    """Title of the panel -> expression, with the variables put in as Grafana would."""
    expressions = []
    for panel in json.loads(FILE.read_text())["panels"]:
        for target in panel.get("targets", []):
            expr = target["expr"]
            for variable, value in GRAFANA_VARIABLES.items():
                expr = expr.replace(variable, value)
            expressions.append((panel["title"], expr))
    return expressions


def _compared() -> list[tuple[str, str]]:
    """Alert -> every recorded series that it compares with a limit."""
    rules = yaml.safe_load(RULES.read_text())["groups"][0]["rules"]
    return [
        (rule["alert"], series)
        for rule in rules
        if "alert" in rule
        for series in sorted(set(re.findall(r"[a-z_]+:linewatch_\w+:\w+", rule["expr"])))
    ]


def _wave(number: int) -> list[tuple[str | None, bytes, Headers]]:
    normals = [(f"good-{number}-{i}", png(part(20 + i, seed=i)), STREAM) for i in range(30)]
    anomalies = [(f"bad-{number}-{i}", png(part(60, 200 + i, seed=i)), STREAM) for i in range(3)]
    return [*normals, *anomalies, (f"cut-off-{number}", png(part(60))[:40], STREAM)]


@contextmanager
def _review_metrics(bundle: str) -> Iterator[str]:
    """The metrics of a review process, at host:port."""
    metrics = ReviewMetrics(lambda: {("left-camera", "anomaly"): 6})
    answered = Rates(
        stream="left-camera",
        bundle=bundle,
        passed=Group(parts=60, asked=20, normal=19, defect=1),
        review=Group(parts=0, asked=0),
        anomaly=Group(parts=6, asked=6, normal=1, defect=4),
    )
    export(metrics.registry, lambda: [answered])
    with _served(metrics.registry) as address:
        yield address


@contextmanager
def _served(registry: CollectorRegistry) -> Iterator[str]:
    """Metrics at host:port."""
    server, thread = start_http_server(0, "127.0.0.1", registry)
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _one_part(metrics: PartsMetrics) -> None:
    """Count a part that lacked a view, which came afterwards."""
    metrics.parts.labels("incomplete", "timeout").inc()
    metrics.missing.labels("top").inc()
    metrics.late.labels("top", "pass").inc()
    metrics.end_to_end.observe(2.1)


def _one_file(metrics: SendMetrics) -> None:
    """Count a file that was sent, one that waits, and one that is no image."""
    metrics.sent.inc()
    metrics.backlog.set(1)
    metrics.rejected[Reason.EMPTY].inc()


@pytest.fixture(scope="module")
def watched_line(
    kafka: LocalKafka, make_topics: MakeTopics, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prometheus]:
    """A Prometheus that saw normals, anomalies and dead letters come in, so that rates are rates of something.

    The shared `running_line` would not do: all its images are scored before anybody can scrape.
    """
    tool("prometheus")
    folder = tmp_path_factory.mktemp("watched-line")
    bundle = write_bundle(folder / "store", "left-camera", drift=WATCHED).name
    challenge(write_bundle(folder / "store", "left-camera", gain=3.0, champion=False))
    line, parts = Line(kafka.bootstrap_servers, make_topics()), PartsMetrics(["left-camera", "top"])
    sender = SendMetrics("left-camera")
    with (
        Service(kafka.bootstrap_servers, folder / "store", line.topics, folder / "service.log") as service,
        _review_metrics(bundle) as review,
        _served(parts.registry) as of_parts,
        _served(sender.registry) as of_sender,
        prometheus(
            folder / "prometheus", [f"127.0.0.1:{service.port}"], rules=[RULES], review=[review, of_parts, of_sender]
        ) as watcher,
    ):
        service.until_ready()
        wait_until(lambda: service.sample("linewatch_challenger_info") == 1, "the challenger to be taken in")
        for wave in range(1, 3):  # a counter's first value is not yet an increase
            line.send(_wave(wave))
            _one_part(parts)
            _one_file(sender)
            seen = " and on () ".join(
                [
                    f"sum(linewatch_images_total) == {wave * len(_wave(wave))}",
                    f"sum(linewatch_parts_total) == {wave}",  # each process is scraped at its own time
                    f"sum(linewatch_sent_total) == {wave}",
                    "line:linewatch_up:sum == 1",
                ]
            )
            wait_until(lambda seen=seen: bool(watcher.query(seen)), f"{seen} in Prometheus")  # type: ignore[misc]
        wait_until(lambda: bool(watcher.query("topic:linewatch_lag:deriv10m")), "the recorded series")
        yield watcher


@pytest.mark.parametrize(("title", "expr"), _panels())
def test_every_panel_has_data(watched_line: Prometheus, title: str, expr: str) -> None:
    wait_until(lambda: any(math.isfinite(each.value) for each in watched_line.query(expr)), f"data for {title}: {expr}")


@pytest.mark.parametrize(("alert", "series"), _compared())
def test_what_every_alert_compares_has_data(watched_line: Prometheus, alert: str, series: str) -> None:
    wait_until(
        lambda: any(math.isfinite(each.value) for each in watched_line.query(series)), f"data for {alert}: {series}"
    )


def test_prometheus_counts_what_the_service_counted(watched_line: Prometheus) -> None:
    counted = {
        sample.labels["outcome"]: sample.value
        for sample in watched_line.query('linewatch_images_total{stream="left-camera"}')
    }
    assert counted == {"pass": 60, "review": 0, "anomaly": 6, "dead_letter": 2}


def test_the_names_of_the_streams_are_there_to_choose_from(watched_line: Prometheus) -> None:
    streams = {sample.labels["stream"] for sample in watched_line.query("linewatch_images_total")}
    assert streams == {"left-camera"}


def test_an_alert_of_the_line_goes_off_and_another_stays_quiet(watched_line: Prometheus) -> None:
    wait_until(
        lambda: bool(watched_line.query('ALERTS{alertname="LinewatchDeadLetters", alertstate="firing"}')),
        "LinewatchDeadLetters to fire",
    )
    assert watched_line.query('ALERTS{alertname=~"LinewatchServiceDown|LinewatchNoBundle"}') == []
