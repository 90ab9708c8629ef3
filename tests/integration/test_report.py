"""The report of a real fit in a real browser; needs no Kafka."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from service.scoring.bundle import BundleStore
from service.scoring.manifest import Manifest
from tests.support.browser import browse
from tests.support.drawn_parts import write_parts
from tests.support.fitted import fit_bundle
from training.report.page import REPORT

pytestmark = pytest.mark.integration

MOVED = """<script>
const slider = document.querySelector(".axis input");
slider.value = slider.max;
slider.dispatchEvent(new Event("input"));
for (const image of document.images) if (!image.naturalWidth) image.dataset.broken = "";
</script>"""
"""What a person at the slider would do, and a look at every image."""


@dataclass(frozen=True, slots=True)
class Report:
    manifest: Manifest
    page: str


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    root = tmp_path_factory.mktemp("report")
    parts = write_parts(root / "data", normals=60, test_normals=8, defects_of_each=3)
    options = {"epochs": 3, "latent": 4, "width": 8, "widest": 16}
    fit_bundle(parts.root, root / "store", autoencoder="vae", options=options, false_alarm_rate=0.05)
    bundle = BundleStore(root / "store").champion("default")
    return Report(bundle.manifest, (bundle.path / REPORT).read_text())


def test_the_report_shows_every_part_of_the_evidence(report: Report) -> None:
    assert report.manifest.sensitivity is not None
    for title in (
        "ROC curve",
        "What would be caught",
        "nearest latents",
        "Along the axes",
        "Latents in two dimensions",
    ):
        assert title in report.page
    assert re.findall(r'class="kind" data-kind="(\w+)"', report.page) == list(report.manifest.sensitivity.recall)
    assert len(report.page) < 2_000_000


def test_the_slider_moves_through_decoded_images_without_a_network(
    report: Report, chromium: str, tmp_path: Path
) -> None:
    file = tmp_path / "report.html"
    file.write_text(report.page.replace("</body>", f"{MOVED}</body>"))
    page = browse(chromium, file.as_uri(), tmp_path / "profile")
    frames = re.findall(r'class="frame" style="[^"]*background-position-x: ([^;"]+)', page)
    assert frames == ["100%"], "the moved one alone"
    assert "data-broken" not in re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert "http" not in report.page
