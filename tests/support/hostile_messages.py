"""Messages that other programs may write on the topics of verdicts and reviews."""

import json
from typing import Any

from tests.support.records import FakeRecord
from tests.support.reviewing import SPOT

FUTURE = "2999-01-31T12:00:00+00:00"
MANY_REGIONS = [SPOT.model_dump()] * 500

OF_BOTH: list[dict[str, Any]] = [
    {"captured_at": "2026-01-31T12:00:00"},
    {"captured_at": FUTURE},
    {"captured_at": "0001-01-01T00:00:00+14:00"},
    {"part_id": "x" * 2000},
    {"part_id": "x" * 1_000_000},
    {"digest": "../../etc/passwd"},
    {"digest": "A" * 64},
    {"digest": ""},
    {"stream": "../other"},
    {"stream": "<script>"},
    {"bundle": "../../elsewhere"},
    {"bundle": ".."},
    {"source": {"topic": "a/b", "partition": 0, "offset": 1}},
    {"source": {"topic": "images", "partition": -1, "offset": 1}},
    {"source": {"topic": "images", "partition": 0, "offset": 10**30}},
]
OF_VERDICTS: list[dict[str, Any]] = [
    {"scored_at": "2026-01-31T12:00:00"},
    {"score": float("nan")},
    {"threshold": float("inf")},
    {"p_value": float("-inf")},
    {"review_threshold": float("nan")},
    {"error_ratio": 1e400},
    {"decision": "explode"},
    {"regions": MANY_REGIONS},
    {"regions": [SPOT.model_dump() | {"x": 30}]},
    {"regions": [SPOT.model_dump() | {"x": -1}]},
    {"regions": [SPOT.model_dump() | {"width": 0}]},
    {"regions": [SPOT.model_dump() | {"width": 10**400}]},
    {"regions": [SPOT.model_dump() | {"peak": float("nan")}]},
    {"image": {"width": 0, "height": 5}},
    {"image": {"width": 10**12, "height": 5}},
    {"anomaly_map": "A" * 40_000},
    {"anomaly_map": "A" * 4_000_000},
]
OF_REVIEWS: list[dict[str, Any]] = [
    {"at": "2026-01-31T12:00:00"},
    {"at": FUTURE},
    {"label": "perhaps"},
    {"note": "x" * 3000},
    {"reviewer": ""},
    {"region": SPOT.model_dump() | {"x": -5}},
    {"region": SPOT.model_dump() | {"peak": float("inf")}},
]


def written(message: Any, changes: dict[str, Any]) -> FakeRecord:
    """A message as another program writes it; Python's JSON has NaN and Infinity, too."""
    return FakeRecord(value=json.dumps(message.model_dump(mode="json", exclude_none=True) | changes).encode())
