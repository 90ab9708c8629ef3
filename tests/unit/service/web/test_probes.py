"""The probes and the metrics, without a network."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry, Counter

from service.web.probes import add_metrics, add_probes


class Process:
    """An application with nothing but probes, and what they are answered."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.hangs = self.waits_for = ""
        app = Flask(__name__)
        add_probes(app, hangs=lambda: self.hangs, waits_for=lambda: self.waits_for)
        add_metrics(app, self.registry)
        self.client: FlaskClient = app.test_client()

    def answer(self, path: str) -> tuple[int, str]:
        response = self.client.get(path)
        return response.status_code, response.text


@pytest.fixture
def process() -> Process:
    return Process()


def test_a_process_that_neither_hangs_nor_waits_is_live_and_ready(process: Process) -> None:
    assert process.answer("/live") == (200, "live\n")
    assert process.answer("/ready") == (200, "ready\n")


def test_one_that_hangs_is_not_live_for_the_reason_it_gives(process: Process) -> None:
    process.hangs = "the main loop hangs"
    assert process.answer("/live") == (503, "the main loop hangs\n")
    assert process.answer("/ready") == (200, "ready\n")


def test_one_that_waits_is_live_but_not_ready(process: Process) -> None:
    process.waits_for = "not yet in the consumer group"
    assert process.answer("/ready") == (503, "not ready: not yet in the consumer group\n")
    assert process.answer("/live") == (200, "live\n")


def test_metrics_are_those_of_the_registry(process: Process) -> None:
    Counter("parts", "Parts.", registry=process.registry).inc(3)
    assert "parts_total 3.0\n" in process.answer("/metrics")[1]


def test_metrics_are_prometheus_text_unless_openmetrics_is_asked_for(process: Process) -> None:
    assert process.client.get("/metrics").content_type.startswith("text/plain")
    asked = process.client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert asked.content_type.startswith("application/openmetrics-text")
    assert asked.data.rstrip().endswith(b"# EOF")


@pytest.mark.parametrize("accept", ["text/plain;version=abc", "application/openmetrics-text; version=1..0"])
def test_a_version_that_is_none_is_answered_as_if_none_was_asked_for(process: Process, accept: str) -> None:
    response = process.client.get("/metrics", headers={"Accept": accept})
    assert (response.status_code, response.mimetype) == (200, "text/plain")
