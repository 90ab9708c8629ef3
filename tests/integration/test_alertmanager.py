"""From a fault to a notification: the service's own metrics, a real Prometheus, a real Alertmanager."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import start_http_server

from deploy.devtools.paths import REPOSITORY
from deploy.devtools.ports import free_port
from service.metrics import Metrics
from tests.support.prometheus import Alertmanager, alertmanager, prometheus
from tests.support.service import wait_until

pytestmark = pytest.mark.integration

RULES = REPOSITORY / "deploy" / "prometheus" / "alerts.yml"


def _impatient_rules(folder: Path) -> Path:
    """The rules as they ship, but for the patience of the alerts."""
    rules: dict[str, Any] = yaml.safe_load(RULES.read_text())
    for rule in rules["groups"][0]["rules"]:
        rule.pop("for", None)
    impatient = folder / "alerts.yml"
    impatient.write_text(yaml.safe_dump(rules))
    return impatient


def _alert(notified: Alertmanager, name: str) -> dict[str, Any] | None:
    return next((alert for alert in notified.alerts() if alert["labels"]["alertname"] == name), None)


def test_dead_letters_become_an_alert_and_so_does_a_service_that_stops(tmp_path: Path) -> None:
    metrics, port = Metrics(), free_port()
    dead_letters = metrics.dead_letters.labels("undecodable")
    pages, thread = start_http_server(port, "127.0.0.1", metrics.registry)
    try:
        with (
            alertmanager(tmp_path / "alertmanager") as notified,
            prometheus(
                tmp_path / "prometheus", [f"127.0.0.1:{port}"], [_impatient_rules(tmp_path)], [notified.address]
            ) as watcher,
        ):
            wait_until(lambda: bool(watcher.query("linewatch_dead_letters_total == 0")), "a first scrape")
            dead_letters.inc(3)
            wait_until(lambda: _alert(notified, "LinewatchDeadLetters") is not None, "an alert of dead letters")
            alert = _alert(notified, "LinewatchDeadLetters")
            assert alert is not None
            assert alert["labels"]["reason"] == "undecodable"
            assert "could not be judged" in alert["annotations"]["description"]
            assert _alert(notified, "LinewatchServiceDown") is None

            pages.shutdown()
            pages.server_close()
            wait_until(lambda: _alert(notified, "LinewatchServiceDown") is not None, "an alert of the service down")
    finally:
        pages.shutdown()
        pages.server_close()
        thread.join()
