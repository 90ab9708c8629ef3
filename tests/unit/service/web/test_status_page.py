"""The pages, without a network."""

import io
from pathlib import Path

import numpy as np
import pytest
from flask.testing import FlaskClient
from PIL import Image

from service.bundles.challengers import Challengers
from service.bundles.champions import Champions
from service.metrics import Metrics
from service.scoring.bundle import GRAPH, BundleStore, read_bundle
from service.scoring.manifest import Calibration
from service.status import Status
from service.web.status_page import make_pages
from tests.support.anomalies import anomaly
from tests.support.bundles import challenge, part, write_bundle


class Line:
    """The pages over a store, and what they show."""

    def __init__(self, store: Path) -> None:
        self.metrics, self.status = Metrics(), Status()
        self.champions = Champions(BundleStore(store), self.metrics, threads=1)
        self.challengers = Challengers(BundleStore(store), self.metrics, threads=1)
        pages = make_pages(self.metrics.registry, self.champions, self.challengers, self.status)
        self.client: FlaskClient = pages.test_client()


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return Line(tmp_path)


def test_it_is_ready_with_a_champion_and_in_the_group_only(line: Line, tmp_path: Path) -> None:
    assert line.client.get("/ready").status_code == 503
    write_bundle(tmp_path)
    line.champions.refresh()
    waiting = line.client.get("/ready")
    assert (waiting.status_code, waiting.text) == (503, "not ready: not yet in the consumer group\n")
    line.status.heartbeat(in_group=True)
    assert line.client.get("/ready").status_code == 200


def test_not_ready_says_why_the_only_champion_is_refused(line: Line, tmp_path: Path) -> None:
    (write_bundle(tmp_path) / GRAPH).unlink()
    line.champions.refresh()
    assert "expected model.tflite" in line.client.get("/ready").text


def test_it_is_live_unless_the_loop_hangs(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    line.status.heartbeat(in_group=True)
    assert line.client.get("/live").status_code == 200
    monkeypatch.setattr("service.status.STALE_SECONDS", -1.0)
    assert line.client.get("/live").status_code == 503


def test_the_status_page_shows_streams_and_anomalies(line: Line, tmp_path: Path) -> None:
    folder = write_bundle(tmp_path, "left-camera")
    line.champions.refresh()
    line.status.count("left-camera", images=200, anomalies=[anomaly("t-0-1", "part-17")])
    page = line.client.get("/").text
    for shown in ("left-camera", folder.name, "200", "0.5 %", "part-17", "/anomalies/t-0-1/overlay.png", "1.80"):
        assert shown in page


def test_the_status_page_shows_the_challenger_and_why_it_does_not_judge(line: Line, tmp_path: Path) -> None:
    write_bundle(tmp_path)
    challenger = write_bundle(tmp_path, gain=0.5, champion=False)
    challenge(challenger)
    line.champions.refresh()
    line.challengers.refresh()
    assert challenger.name in line.client.get("/").text
    line.challengers.fail("default", line.challengers.all()["default"], ValueError("no number"))
    assert "Challenger does not judge: it failed on an image (ValueError: no number)" in line.client.get("/").text


def test_the_status_page_shows_what_is_to_be_reviewed_where_there_is_a_review_budget(
    line: Line, tmp_path: Path
) -> None:
    folder = write_bundle(tmp_path)
    line.champions.refresh()
    assert "<dt>to review</dt>" not in line.client.get("/").text
    values = read_bundle(folder).manifest.calibration.model_dump() | {"review_rate": 0.05, "review_threshold": 0.45}
    write_bundle(tmp_path, calibration=Calibration.model_validate(values))
    line.champions.refresh()
    line.status.count("default", images=200, reviews=37)
    page = line.client.get("/").text
    assert "<dt>to review</dt><dd>37</dd>" in page
    assert "above 0.45" in page
    assert '<rect class="reviews"' in page


def test_the_status_page_shows_evidence_of_drift_by_its_signal_once_there_is_any(line: Line, tmp_path: Path) -> None:
    write_bundle(tmp_path)
    line.champions.refresh()
    assert "<dt>drift</dt>" not in line.client.get("/").text
    line.status.set_drift("default", drift={"score": 0.25, "brightness": 0.5}, burst=0.75)
    page = " ".join(line.client.get("/").text.split())
    assert "by score 25 %, by brightness 50 % of the alarm limit; burst of anomalies 75 %" in page


def test_the_status_page_without_a_bundle_says_how_to_fit_one(line: Line) -> None:
    assert "linewatch-train fit" in line.client.get("/").text


def test_text_from_a_message_is_escaped(line: Line, tmp_path: Path) -> None:
    write_bundle(tmp_path)
    line.champions.refresh()
    line.status.count("default", images=1, anomalies=[anomaly("x", "<script>alert(1)</script>")])
    page = line.client.get("/").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_an_anomalys_pictures_are_the_part_and_the_part_with_its_map(line: Line) -> None:
    line.status.count("default", images=1, anomalies=[anomaly("t-0-1")])
    plain, drawn = (pixels(line, f"/anomalies/t-0-1/{view}.png") for view in ("image", "overlay"))
    assert np.array_equal(plain, part(60))
    assert not np.array_equal(drawn, plain)
    assert np.array_equal(drawn[20:, 20:], plain[20:, 20:])


@pytest.mark.parametrize("path", ["/anomalies/none/image.png", "/anomalies/t-0-1/else.png"])
def test_a_picture_that_is_not_there_is_not_found(line: Line, path: str) -> None:
    line.status.count("default", images=1, anomalies=[anomaly("t-0-1")])
    assert line.client.get(path).status_code == 404


def test_pages_run_no_code_but_their_own(line: Line) -> None:
    policy = line.client.get("/").headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


def pixels(line: Line, path: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(line.client.get(path).data)))


def test_images_unlike_those_of_the_fit_are_told(line: Line, tmp_path: Path) -> None:
    write_bundle(tmp_path)
    line.champions.refresh()
    assert "unlike the images of the fit" not in line.client.get("/").text
    line.status.count("default", images=3, unlike_fit={"colour_mode": 2, "size": 1})
    assert "2 by colour mode, 1 by size" in line.client.get("/").text


def test_a_store_that_is_away_and_a_champion_that_is_gone_are_told(line: Line, tmp_path: Path) -> None:
    folder = write_bundle(tmp_path)
    line.champions.refresh()
    (folder.parent / "champion").unlink()
    line.champions.refresh()
    line.status.store_trouble = "expected the bundle store to answer"
    page = line.client.get("/").text
    assert f"The champion is gone: expected a champion of stream &#39;default&#39; in {tmp_path}" in page
    assert "The store is away, and the loaded bundles go on deciding: expected the bundle store to answer" in page
