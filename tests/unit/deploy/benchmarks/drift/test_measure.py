"""Alarms of simulated lines, on scores that are known."""

from pathlib import Path

import numpy as np
import pytest

from deploy.benchmarks.drift.measure import measure
from deploy.benchmarks.drift.population import Population
from service.scoring.bundle import BundleError, BundleStore
from service.scoring.manifest import DriftSpec
from tests.support.bundles import CALIBRATION_SCORES, write_bundle

SPEC = DriftSpec(
    parts_per_hour=1,
    average_run_length=730,
    ordinary_share=0.9,
    reference=500,
    brightness=(100.0,),
    drift_limit=16.0,
    burst_limit=11.0,
)
NORMAL = np.column_stack([CALIBRATION_SCORES, 120 + np.random.default_rng(0).permutation(100) / 10])
CHANGED = {"scores": NORMAL + np.array([0.15, 0.0]), "lamp": NORMAL * [1.0, 0.9], "nothing": NORMAL}
PARTS = Population(normal=NORMAL, changed=CHANGED, defects=np.array([[2.0, 50.0], [3.0, 200.0]]))


def test_a_change_that_moves_scores_or_light_is_a_drift_and_bad_parts_are_a_burst(tmp_path: Path) -> None:
    write_bundle(tmp_path, drift=SPEC)
    rows = {row.change: row for row in measure(BundleStore(tmp_path).champion("default"), "set", PARTS, 2, 0)}
    moved, darker, still, burst = rows["scores"], rows["lamp"], rows["nothing"], rows["burst: 10% bad parts"]
    for row, sign in ((moved, "score"), (darker, "brightness")):
        assert row.goal_met
        assert (row.drift_alarms, row.burst_alarms, row.drift_signs) == (2, 0, {sign: 2})
    assert darker.visible == {"score": 0.5, "brightness": 1.0}
    assert still.visible == {"score": 0.5, "brightness": 0.5}
    assert (still.drift_alarms, still.drift_signs, still.goal_met) == (0, {}, False)
    assert (burst.drift_alarms, burst.burst_alarms, burst.goal_met) == (0, 2, True)
    assert burst.flagged == pytest.approx(0.1)


def test_a_bundle_without_limits_is_refused_in_one_sentence(tmp_path: Path) -> None:
    write_bundle(tmp_path)
    with pytest.raises(BundleError, match="expected limits of drift in bundle"):
        list(measure(BundleStore(tmp_path).champion("default"), "set", PARTS, 1, 0))


def test_a_bundle_that_knows_no_brightness_is_monitored_by_scores_alone(tmp_path: Path) -> None:
    write_bundle(tmp_path, drift=SPEC.model_copy(update={"brightness": None}))
    rows = {row.change: row for row in measure(BundleStore(tmp_path).champion("default"), "set", PARTS, 1, 0)}
    assert (rows["scores"].drift_alarms, rows["lamp"].drift_alarms) == (1, 0)
