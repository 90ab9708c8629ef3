"""What the main loop exports of its committed batches and of itself."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kafka import TopicPartition

from service.bundles.challengers import Challengers
from service.metrics import Metrics
from service.scoring.bundle import BundleStore, read_bundle
from service.scoring.image import Reason
from service.scoring.scorer import Scorer
from service.scoring.verdict import judge_score
from service.status import Status
from service.stream.outcome import Outcome
from service.stream.shadow import Shadow
from service.stream.telemetry import Telemetry
from tests.support.bundles import WATCHED, challenge, part, write_bundle
from tests.support.outcomes import dead_letter, scored

LEFT, RIGHT = (TopicPartition("inspection.images", number) for number in range(2))


class Line:
    """A telemetry, with what it reads from the consumer and what it exports."""

    def __init__(self, store: Path) -> None:
        self.metrics, self.status = Metrics(), Status()
        self.lags: dict[TopicPartition, int] = {}
        self.is_member = True
        self.scorer = Scorer(read_bundle(write_bundle(store, drift=WATCHED)))
        challenge(write_bundle(store, gain=3.0, champion=False))
        self.challengers = Challengers(BundleStore(store), self.metrics, threads=1)
        self.challengers.refresh()
        shadow = Shadow(self.challengers, self.metrics, lag_records=10)
        self.telemetry = Telemetry(self.metrics, self.status, self, shadow)  # type: ignore[arg-type] # as its consumer

    def group(self) -> object | None:
        return object() if self.is_member else None

    def lag(self) -> dict[TopicPartition, int]:
        return self.lags

    def commit(self, *outcomes: Outcome) -> None:
        self.telemetry.committed(outcomes)

    def value(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(f"linewatch_{name}", labels)

    def lag_of(self, partition: TopicPartition) -> float | None:
        return self.value("consumer_lag_records", topic=partition.topic, partition=str(partition.partition))

    def scored(self, spot: int | None = None, **verdict: Any) -> Outcome:
        outcome = scored(self.scorer, part(51, spot), offset=17)
        return replace(outcome, verdict=outcome.verdict.model_copy(update=verdict))


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return Line(tmp_path)


def test_each_committed_image_counts_once_by_its_outcome(line: Line) -> None:
    line.commit(line.scored(), line.scored(204), line.scored(), dead_letter())
    line.commit(line.scored())
    counts = {name: line.value("images_total", stream="default", outcome=name) for name in ("pass", "anomaly")}
    assert counts == {"pass": 3, "anomaly": 1}
    assert line.value("images_total", stream="default", outcome="dead_letter") == 1
    assert line.value("batch_images_count") == 2
    assert line.value("batch_images_sum") == 5


def test_scores_and_p_values_are_observed_for_verdicts_alone(line: Line) -> None:
    line.commit(line.scored(), line.scored(204), dead_letter())
    assert line.value("reconstruction_error_ratio_sum", stream="default") == pytest.approx(0.4 + 1.6)
    assert line.value("p_value_count", stream="default") == 2


def test_the_status_page_gets_the_counts_and_how_to_draw_the_anomalies(line: Line) -> None:
    line.commit(line.scored(), line.scored(204), line.scored(decision="review"), dead_letter())
    status = line.status.stream("default")
    assert (status.images, status.reviews, status.anomalies) == (3, 1, 1)
    assert line.status.dead_letters == 1
    (anomaly,) = line.status.anomalies()
    assert anomaly.id == "inspection.images-3-17"
    assert np.array_equal(anomaly.pixels, part(51, 204))
    assert float(anomaly.anomaly_map.max()) == pytest.approx(0.8)
    assert anomaly.pixel_threshold == 0.5


def test_dead_letters_count_by_reason_each_from_zero(line: Line) -> None:
    assert [line.value("dead_letters_total", reason=reason) for reason in Reason] == [0.0] * len(Reason)
    line.commit(dead_letter(Reason.EMPTY), dead_letter(Reason.EMPTY), dead_letter(Reason.TOO_LARGE))
    assert line.value("dead_letters_total", reason="empty") == 2
    assert line.value("dead_letters_total", reason="too_large") == 1


def test_a_dead_letter_is_a_last_image_of_its_stream_but_not_of_an_unknown_one(line: Line) -> None:
    line.commit(dead_letter(), dead_letter(Reason.UNKNOWN_STREAM, "unknown"))
    assert line.value("last_image_timestamp_seconds", stream="default") is not None
    assert line.value("last_image_timestamp_seconds", stream="unknown") is None
    assert line.value("images_total", stream="unknown", outcome="dead_letter") == 1


def test_an_audit_counts_as_a_pass_and_as_an_audit(line: Line) -> None:
    line.commit(line.scored(audit=True), line.scored())
    assert line.value("audits_total", stream="default") == 1
    assert line.value("images_total", stream="default", outcome="pass") == 2


def test_a_flip_counts_by_what_champion_and_challenger_decided(line: Line) -> None:
    calibration = line.scorer.bundle.manifest.calibration
    line.commit(line.scored(challenger=judge_score(0.6, calibration, "challenger")), line.scored())
    flips = {"stream": "default", "champion": "pass", "challenger": "anomaly"}
    assert line.value("shadow_decisions_total", **flips) == 1
    assert line.value("challenger_error_ratio_sum", stream="default") == pytest.approx(1.2)
    assert line.value("challenger_error_ratio_count", stream="default") == 1


def test_a_capture_time_ahead_of_our_clock_takes_no_time(line: Line) -> None:
    line.commit(line.scored(captured_at=datetime.now(UTC) + timedelta(hours=1)))
    assert line.value("end_to_end_seconds_sum", stream="default") == 0.0


def test_committed_parts_reach_the_drift_monitor(line: Line) -> None:
    line.commit(line.scored())
    assert line.value("drift_evidence", stream="default", sign="score") is not None


def test_a_heartbeat_passes_on_whether_we_are_in_the_group(line: Line) -> None:
    line.telemetry.heartbeat()
    assert line.status.in_group
    line.is_member = False
    line.telemetry.heartbeat()
    assert not line.status.in_group


def test_a_heartbeat_exports_the_lag_of_our_partitions_and_forgets_revoked_ones(line: Line) -> None:
    line.lags = {LEFT: 4, RIGHT: 7}
    line.telemetry.heartbeat()
    assert (line.lag_of(LEFT), line.lag_of(RIGHT)) == (4, 7)
    line.lags = {RIGHT: 0}
    line.telemetry.heartbeat()
    assert (line.lag_of(LEFT), line.lag_of(RIGHT)) == (None, 0)


def test_a_heartbeat_pauses_shadowing_by_the_lag_of_all_partitions(line: Line) -> None:
    paused = []
    for line.lags in ({LEFT: 5, RIGHT: 5}, {LEFT: 5, RIGHT: 6}):
        line.telemetry.heartbeat()
        paused.append(line.value("shadow_paused", stream="default"))
    assert paused == [0, 1]


def test_images_unlike_those_of_the_fit_are_counted_by_what_is_other(line: Line) -> None:
    for unlike in ({"size", "aspect"}, {"size"}, set[str]()):
        image = scored(line.scorer, part(51))
        other = replace(image.preprocessed, unlike_fit=frozenset(unlike))
        line.telemetry.committed([replace(image, preprocessed=other)])
    assert line.status.stream("default").unlike_fit == {"size": 2, "aspect": 1}
    for what, number in {"size": 2, "aspect": 1}.items():
        labels = {"stream": "default", "what": what}
        assert line.metrics.registry.get_sample_value("linewatch_unlike_fit_total", labels) == number


def test_images_on_which_a_bundle_fails_are_counted_with_its_name(tmp_path: Path) -> None:
    line = Line(tmp_path)
    line.commit(replace(dead_letter(Reason.UNSCORABLE), bundle="0123456789abcdef"), dead_letter())
    assert line.value("unscorable_total", stream="default", bundle="0123456789abcdef") == 1
    assert line.value("dead_letters_total", reason="unscorable") == 1
