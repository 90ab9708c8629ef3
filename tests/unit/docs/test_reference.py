"""The reference pages say what the code does."""

from deploy.devtools.paths import REPOSITORY
from service.follow.webhook.metrics import WebhookMetrics
from service.metrics import Metrics
from service.parts.metrics import PartsMetrics
from service.review.metrics import ReviewMetrics
from service.scoring.image import Reason
from service.send.metrics import SendMetrics
from service.settings.every import Settings

DOCS = REPOSITORY / "docs"


def test_every_setting_is_documented_as_it_describes_itself() -> None:
    page = (DOCS / "settings.md").read_text()
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, "") else f"`{field.default}`"
        assert f"| `LINEWATCH_{name.upper()}` | {default} | {field.description} |" in page


def test_every_metric_is_documented() -> None:
    page = (DOCS / "metrics.md").read_text()
    of_both = [*vars(Metrics()).values(), *vars(PartsMetrics(["top"])).values()]
    declared = [each for each in of_both if hasattr(each, "_labelnames")]
    names = [each._name + ("_total" if each._type == "counter" else "") for each in declared]
    assert [name for name in names if f"| `{name}` |" not in page] == []


def test_every_metric_of_sending_is_documented() -> None:
    page = (DOCS / "metrics.md").read_text()
    families = {
        family.name for family in SendMetrics("left").registry.collect() if family.name.startswith("linewatch_")
    }
    assert {name for name in families if f"| `{name}" not in page} == set()
    assert len(families) == 4


def test_every_reason_for_a_dead_letter_is_documented() -> None:
    page = (DOCS / "topics.md").read_text()
    assert [reason for reason in Reason if f"| `{reason}` |" not in page] == []


def test_every_metric_of_the_review_process_is_documented() -> None:
    page = (DOCS / "metrics.md").read_text()
    metrics = ReviewMetrics(lambda: {("default", "audit"): 1}, lambda: {"inspection.verdicts": 1})
    own = {
        sample.name
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.name.startswith("linewatch_")
    }
    counted = {f"{metrics._reviews._name}_total"}
    assert [name for name in own | counted if f"| `{name}` |" not in page] == []


def test_every_metric_of_the_webhook_is_documented() -> None:
    page = (DOCS / "metrics.md").read_text()
    metrics = WebhookMetrics()
    metrics.watch(lambda: {("inspection.verdicts", 0): 1}, lambda: 1.0)
    families = [each for each in metrics.registry.collect() if each.name.startswith("linewatch_")]
    names = [each.name + ("_total" if each.type == "counter" else "") for each in families]
    assert len(names) == 5
    assert [name for name in names if f"| `{name}` |" not in page] == []
