"""The dashboard that is committed."""

import json
import re
from typing import Any

import pytest

from deploy.grafana.dashboard import FILE, build
from service.metrics import Metrics
from service.parts.metrics import PartsMetrics
from service.review.metrics import ReviewMetrics
from service.review.quality_metrics import export

SUFFIXES = ("", "_bucket", "_count", "_sum", "_total")


def _panels() -> list[dict[str, Any]]:
    return [panel for panel in json.loads(build())["panels"] if panel["type"] != "row"]


def _exported() -> set[str]:
    review = ReviewMetrics(dict).registry
    export(review, list)
    families = [
        family.name
        for registry in (Metrics().registry, PartsMetrics(["top"]).registry, review)
        for family in registry.collect()
    ]
    return {name + suffix for name in families for suffix in SUFFIXES} | {"up"}


def test_the_committed_dashboard_is_what_the_generator_makes() -> None:
    assert FILE.read_text(encoding="utf-8") == build(), "run `make dashboard` and commit what it wrote"


@pytest.mark.parametrize("panel", _panels(), ids=lambda panel: panel["title"])
def test_a_panel_has_a_title_a_description_and_a_unit(panel: dict[str, Any]) -> None:
    assert panel["title"]
    assert len(panel["description"]) > len(panel["title"])
    assert panel["fieldConfig"]["defaults"]["unit"]


@pytest.mark.parametrize("panel", _panels(), ids=lambda panel: panel["title"])
def test_a_panel_asks_only_for_metrics_that_are_exported(panel: dict[str, Any]) -> None:
    for target in panel["targets"]:
        names = set(re.findall(r"\b(?:linewatch|process)_\w+|\bup\b", target["expr"]))
        assert names
        assert names <= _exported()


def test_panels_and_their_queries_can_be_distinguished() -> None:
    panels = json.loads(build())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in _panels():
        references = [target["refId"] for target in panel["targets"]]
        assert len(set(references)) == len(references)


def test_data_source_and_stream_can_be_chosen() -> None:
    assert [variable["name"] for variable in json.loads(build())["templating"]["list"]] == ["datasource", "stream"]
