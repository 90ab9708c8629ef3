"""The alert rules, judged by promtool, and what every alert must carry."""

import re
from typing import Any

import pytest
import yaml

from deploy.devtools.paths import REPOSITORY
from tests.support.prometheus import promtool

pytestmark = pytest.mark.integration

PROMETHEUS = REPOSITORY / "deploy" / "prometheus"
TESTS = sorted(PROMETHEUS.glob("*_test.yml"))


def _alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"] if "alert" in rule]


def _anchors(page: str) -> list[str]:
    """The anchors that headings get on a rendered page."""
    headings = re.findall(r"^#+ (.*)$", page, flags=re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]


def test_promtool_accepts_the_rules() -> None:
    done = promtool("check", "rules", PROMETHEUS / "alerts.yml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_accepts_the_configuration_of_compose() -> None:
    done = promtool("check", "config", PROMETHEUS / "prometheus.yml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_alerts_fire_when_they_should_and_stay_quiet_when_they_should_not() -> None:
    done = promtool("test", "rules", *TESTS)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_has_a_test_where_it_fires_and_one_where_it_stays_quiet() -> None:
    cases = [
        case for path in TESTS for test in yaml.safe_load(path.read_text())["tests"] for case in test["alert_rule_test"]
    ]
    for alert in _alerts():
        outcomes = {bool(case.get("exp_alerts")) for case in cases if case["alertname"] == alert["alert"]}
        assert outcomes == {True, False}, alert["alert"]


def test_every_increase_counts_what_a_new_counter_shows_at_first() -> None:
    """A counter that appears at 5 and stays there has no increase: `unless … offset` adds its first value."""
    groups = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"]
    for rule in (rule for group in groups for rule in group["rules"]):
        expression = " ".join(rule["expr"].split())
        for counter, window in re.findall(r"increase\((.*?)\[(\w+)\]\)", expression):
            assert f"({counter} unless {counter} offset {window}) or increase({counter}[{window}])" in expression, rule
        assert "increase(" not in str(rule.get("annotations")), rule


@pytest.mark.parametrize("alert", _alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_has_a_severity_a_description_and_a_runbook(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in ("warning", "critical")
    assert set(alert["annotations"]) == {"summary", "description", "runbook_url"}
    page, _, anchor = alert["annotations"]["runbook_url"].partition("#")
    assert anchor in _anchors((REPOSITORY / page).read_text())
