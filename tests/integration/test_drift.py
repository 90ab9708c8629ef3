"""A lamp that loses its light, seen by a running service."""

from pathlib import Path

import pytest

from tests.support.bundles import WATCHED, part, png, write_bundle
from tests.support.line import Line
from tests.support.service import Service, wait_until

pytestmark = pytest.mark.integration

STREAM = "default"


def good(number: int, light: float = 1.0) -> dict[str, bytes]:
    """Parts whose brightness, which is their score, spreads as the calibration scores do, times `light`."""
    return {f"{light}-{i}": png(part(round(light * (5 + 37 * i % 110)), seed=i)) for i in range(number)}


def test_pictures_that_grow_dark_are_a_drift_and_no_burst(line: Line, tmp_path: Path) -> None:
    write_bundle(tmp_path / "store", drift=WATCHED)
    with Service(line.kafka, tmp_path / "store", line.topics, tmp_path / "log") as service:
        service.until_ready()
        assert b'linewatch_drift_alarms_total{sign="score",stream="default"} 0.0' in service.get("/metrics")
        line.send(good(80))
        wait_until(lambda: service.sample("linewatch_images_total", outcome="pass") == 80, "80 passes")
        before = service.sample("linewatch_drift_evidence", stream=STREAM, sign="score")
        line.send(good(80, light=0.2))
        wait_until(lambda: service.sample("linewatch_images_total", outcome="pass") == 160, "80 dark passes")
        assert before < 0.5
        assert service.sample("linewatch_drift_alarms_total", stream=STREAM, sign="score") >= 1
        assert service.sample("linewatch_burst_alarms_total", stream=STREAM) == 0
        assert b"% of the alarm limit" in service.get("/")


def test_a_lamp_that_fails_is_a_drift_in_brightness_where_no_score_moves(line: Line, tmp_path: Path) -> None:
    """The brightest place of each part, which is its score here, glows by itself."""
    brightness = tuple(50.0 + i % 20 for i in range(89))
    write_bundle(tmp_path / "store", drift=WATCHED.model_copy(update={"brightness": brightness}))
    glowing = {f"dark-{i}": png(part(i % 5, spot=5 + 37 * i % 110, seed=i)) for i in range(80)}
    with Service(line.kafka, tmp_path / "store", line.topics, tmp_path / "log") as service:
        service.until_ready()
        line.send(glowing)
        wait_until(lambda: service.sample("linewatch_images_total", outcome="pass") == 80, "80 dark passes")
        assert service.sample("linewatch_drift_alarms_total", stream=STREAM, sign="brightness") >= 1
        assert service.sample("linewatch_drift_alarms_total", stream=STREAM, sign="score") == 0
        assert b"by brightness" in service.get("/")
