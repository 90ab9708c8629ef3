"""What the drift monitor reports to metrics and status."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from service.metrics import Metrics
from service.record.messages import ImageSize, Source, VerdictMessage
from service.scoring.bundle import BundleStore
from service.scoring.drift import SIGNALS
from service.scoring.graph import Prediction
from service.scoring.manifest import DriftSpec
from service.scoring.scorer import Scorer
from service.scoring.verdict import judge_score
from service.status import Status
from service.stream.drift_monitor import DriftMonitor
from service.stream.image_decoder import Preprocessed
from service.stream.outcome import Scored
from tests.support.bundles import part, write_bundle
from tests.support.records import FakeRecord

STREAM = "default"
SPEC = DriftSpec(
    parts_per_hour=1,
    average_run_length=730,
    ordinary_share=0.9,
    reference=200,
    brightness=tuple(100.0 + i for i in range(89)),
    drift_limit=8.0,
    burst_limit=6.0,
)


class Line:
    """A monitored stream, under one bundle after another."""

    def __init__(self, store: Path) -> None:
        self.store = store
        self.metrics, self.status = Metrics(), Status()
        self.monitor = DriftMonitor(self.metrics, self.status)
        self.parts = 0
        self.take(drift=SPEC)

    def take(self, **changes: Any) -> None:
        self.scorer = Scorer(BundleStore(self.store).bundle(STREAM, write_bundle(self.store, **changes).name))

    def part(self, score: float, darker: int = 0) -> None:
        self.monitor.update(STREAM, [self.scored(score, darker)])

    def scored(self, score: float, darker: int = 0) -> Scored:
        self.parts += 1
        pixels = part(100 + 53 * self.parts % 89 - darker)
        bundle = self.scorer.bundle
        now = datetime.now(UTC)
        prediction = Prediction(score=score, anomaly_map=pixels[..., 0].astype("float32"))
        verdict = VerdictMessage(
            **dict(judge_score(score, bundle.manifest.calibration, bundle.id)),
            part_id=f"part-{self.parts}",
            stream=STREAM,
            captured_at=now,
            scored_at=now,
            source=Source(topic="images", partition=0, offset=self.parts),
            image=ImageSize(width=32, height=32),
        )
        preprocessed = Preprocessed(STREAM, now, self.scorer, pixels, (32, 32))
        return Scored(FakeRecord(), preprocessed, prediction, verdict)

    def good(self, number: int, darker: int = 0) -> None:
        for _ in range(number):
            self.part(0.005 + 0.005 * (37 * self.parts % 89), darker)

    def value(self, name: str, **sign: str) -> float | None:
        return self.metrics.registry.get_sample_value(f"linewatch_{name}", {"stream": STREAM, **sign})


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return Line(tmp_path)


def test_ordinary_parts_are_no_alarm(line: Line) -> None:
    line.good(200)
    for sign in SIGNALS:
        assert line.value("drift_alarms_total", sign=sign) is None
        assert 0.0 <= (line.value("drift_evidence", sign=sign) or 0.0) < 1.0
    assert line.value("burst_alarms_total") is None


def test_scores_that_fall_are_counted_as_drift_again_and_again_and_never_as_a_burst(line: Line) -> None:
    line.good(100)
    for _ in range(100):
        line.part(0.001)
    assert (line.value("drift_alarms_total", sign="score") or 0.0) > 2.0
    assert line.value("drift_alarms_total", sign="brightness") is None
    assert line.value("burst_alarms_total") is None


def test_images_that_grow_dark_are_counted_as_drift_in_brightness(line: Line) -> None:
    line.good(100)
    line.good(100, darker=60)
    assert (line.value("drift_alarms_total", sign="brightness") or 0.0) > 2.0
    assert line.value("drift_alarms_total", sign="score") is None
    assert line.value("burst_alarms_total") is None


def test_bad_parts_are_counted_as_a_burst_and_never_as_drift(line: Line) -> None:
    line.good(100)
    for _ in range(10):
        line.part(0.9)
        line.good(9)
    assert (line.value("burst_alarms_total") or 0.0) > 0.0
    assert [line.value("drift_alarms_total", sign=sign) for sign in SIGNALS] == [None, None]


def test_a_batch_counts_as_its_parts_one_by_one(line: Line) -> None:
    parts = [line.scored(0.005 + 0.005 * (37 * number % 89)) for number in range(100)]
    parts += [line.scored(0.001) for _ in range(100)]
    metrics, status = Metrics(), Status()
    DriftMonitor(metrics, status).update(STREAM, parts)
    for each in parts:
        line.monitor.update(STREAM, [each])
    alarms = {"stream": STREAM, "sign": "score"}
    found = metrics.registry.get_sample_value("linewatch_drift_alarms_total", alarms)
    assert found == line.value("drift_alarms_total", sign="score")
    assert (found or 0.0) > 2.0
    assert status.stream(STREAM) == line.status.stream(STREAM)


def test_another_bundle_restarts_from_zero(line: Line) -> None:
    line.good(100)
    for _ in range(5):
        line.part(0.001)
    before = line.value("drift_evidence", sign="score") or 0.0
    line.take(drift=SPEC, seed=1)
    line.part(0.2)
    assert (line.value("drift_evidence", sign="score") or 0.0) < 0.3 * before


def test_the_status_page_shows_the_same(line: Line) -> None:
    line.good(10)
    status = line.status.stream(STREAM)
    assert status.drift == {sign: line.value("drift_evidence", sign=sign) for sign in SIGNALS}
    assert status.burst == line.value("burst_evidence")


def test_a_bundle_without_limits_is_not_monitored(line: Line) -> None:
    line.good(10)
    line.take()
    line.part(0.2)
    assert [line.value("drift_evidence", sign=sign) for sign in SIGNALS] == [None, None]
    assert line.status.stream(STREAM).drift is None


def test_a_bundle_without_brightness_is_monitored_by_scores_alone(line: Line) -> None:
    line.good(10)
    line.take(drift=SPEC.model_copy(update={"brightness": None}))
    line.part(0.2)
    assert line.value("drift_evidence", sign="brightness") is None
    assert list(line.status.stream(STREAM).drift or {}) == ["score"]
