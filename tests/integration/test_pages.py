"""The pages of a running service, seen by Prometheus and by a real browser."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.support.browser import browse
from tests.support.line import RunningLine

pytestmark = pytest.mark.integration


def test_metrics_account_for_every_image_sent(running_line: RunningLine) -> None:
    for outcome, number in running_line.sent.items():
        stream = "left-camera"
        assert running_line.service.sample("linewatch_images_total", stream=stream, outcome=outcome) == number
    scored = running_line.sent["pass"] + running_line.sent["anomaly"]
    for histogram in ("linewatch_p_value", "linewatch_reconstruction_error_ratio", "linewatch_end_to_end_seconds"):
        assert running_line.service.sample(f"{histogram}_count", stream="left-camera") == scored
    assert (
        running_line.service.sample("linewatch_reconstruction_error_ratio_bucket", le="1.0")
        == (running_line.sent["pass"])
    )


def test_openmetrics_is_negotiated(running_line: RunningLine) -> None:
    asked = running_line.service.get("/metrics", Accept="application/openmetrics-text; version=1.0.0")
    assert asked.rstrip().endswith(b"# EOF")


def test_the_service_ran_without_tensorflow(running_line: RunningLine) -> None:
    """Every service that tests start has a tensorflow and a keras on its path that cannot be imported."""
    path = running_line.service.environment["PYTHONPATH"]
    with pytest.raises(subprocess.CalledProcessError, match="exit status 1"):
        subprocess.run(
            ["python3", "-c", "import tensorflow"], env={"PYTHONPATH": path}, check=True, stderr=subprocess.DEVNULL
        )


def test_the_status_page_works_in_a_real_browser(running_line: RunningLine, chromium: str, tmp_path: Path) -> None:
    page = browse(chromium, f"http://{running_line.metrics_url}/", tmp_path)
    assert re.search(r'<p id="state" class="good">watching</p>', page)
    assert 'data-stream="left-camera"' in page
    assert len(re.findall(r"<figure data-anomaly=", page)) == running_line.sent["anomaly"]
