"""Part verdicts as messages."""

import json

from service.record.messages import Source
from service.record.part_verdicts import Closing, PartVerdict, PartView, decide_part
from service.scoring.verdict import Decision
from tests.support.inspection_log import NOON, source

FIRST = Source(topic="inspection.verdicts", partition=1, offset=7)


def view(stream: str, decision: Decision = "pass", error_ratio: float = 0.5) -> PartView:
    return PartView(stream=stream, decision=decision, error_ratio=error_ratio, captured_at=NOON, source=source(3))


def test_a_part_verdict_reads_back_and_has_the_headers_of_cloud_events() -> None:
    found = decide_part("p-7", [view("right"), view("top", "review", 0.9)], ("top", "right"), Closing.COMPLETE, FIRST)
    assert PartVerdict.model_validate_json(found.value()) == found
    value = json.loads(found.value())
    assert (value["decision"], value["closing"], value["missing"]) == ("review", "complete", [])
    assert [each["stream"] for each in value["views"]] == ["top", "right"]
    assert value["views"][0]["source"] == {"topic": "inspection.images", "partition": 3, "offset": 3}
    headers = dict(found.headers())
    assert headers["ce_id"] == b"inspection.verdicts/1/7"
    assert (headers["ce_type"], headers["ce_subject"]) == (b"io.linewatch.part.v1", b"p-7")


def test_of_two_views_the_decision_says_which_is_worse_and_then_the_ratio() -> None:
    good, bad = view("top", "pass", 0.9), view("top", "anomaly", 0.1)
    assert bad.is_worse_than(good)
    assert not good.is_worse_than(bad)
    assert view("top", error_ratio=0.6).is_worse_than(view("top"))
    assert not view("top").is_worse_than(view("top"))
