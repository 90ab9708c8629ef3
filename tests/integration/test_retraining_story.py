"""The whole loop in short form: a lamp ages, people review, and another bundle decides in the end."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from deploy.demo.options import Options
from deploy.demo.retraining import story
from service.scoring.bundle import BundleStore
from tests.support.drawn_parts import SIDE, write_parts
from training.bundles.history import history

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]


def test_the_loop_ends_with_its_challenger_promoted_and_every_verdict_accounted_for(tmp_path: Path) -> None:
    parts = write_parts(tmp_path / "discs", normals=120, test_normals=40, defects_of_each=6)
    options = Options(
        data=parts.root,
        loop=True,
        autoencoder="conv",
        fit_options=("epochs=2", "width=4", "widest=8"),
        image_size=SIDE,
        rate=200.0,
        calibration="split",  # a seventh of the fits
    )
    build = tmp_path / "build"

    assert story.run(options, build, Console(quiet=True)) == 0  # every image has its one verdict

    figures = json.loads((build / "demo-loop.json").read_text())
    assert figures["before"]["false_alarms"]["normal_sent"] == 80
    assert figures["drifted"]["false_alarms"]["normal_sent"] == figures["after"]["false_alarms"]["normal_sent"] == 40
    assert figures["shadow"]["judged"] > 0
    work = build / "demo-loop"
    provenance = [json.loads(line) for line in (work / "collected" / "provenance.jsonl").read_text().splitlines()]
    assert any(each["review"] for each in provenance)  # they stood on the topic, or retrain could not know them
    promotion, store = figures["promotion"], BundleStore(work / "bundles")
    assert store.champion_id("discs") == promotion["challenger"] != promotion["champion"]
    assert [change.action for change in history(store, "discs")] == ["first", "challenge", "promote"]
