"""How far one reads to follow a fit and a retrain, call by call; `make walks` prints the counts."""

import json
import sys
from pathlib import Path

import cv2
import pytest

from deploy.devtools.paths import REPOSITORY
from service.record.messages import Source
from service.record.reviews import Label
from tests.support.command_line import linewatch_train
from tests.support.drawn_parts import draw_part, write_parts
from tests.support.fitted import fit_bundle
from tests.support.inspection_log import FakeInspection, review, verdict
from tests.support.walks import Walk, is_image, is_review, recording
from training.cli import retraining

pytestmark = pytest.mark.slow

FIT = frozenset({"training/pipelines/fit.py:fit"})


def keep(name: str, walk: Walk) -> None:
    """Print the counts, and write the walk to build/walk-NAME.json."""
    often = ", ".join(f"{Path(file).name} {count}" for file, count in walk.visits.most_common(8))
    climbs = walk.climbs()
    counts = f"stays {len(walk.stays)} in {len(walk.visits)} files, returns {walk.returns}, climbs {len(climbs)}"
    sys.stdout.write(f"\n{name}: {counts}; most visited: {often}\n")
    sys.stdout.writelines(f"climb: {caller} -> {called}\n" for caller, called in climbs)
    (REPOSITORY / "build").mkdir(exist_ok=True)
    (REPOSITORY / "build" / f"walk-{name}.json").write_text(json.dumps({"calls": walk.calls}, indent=1))


def test_a_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = write_parts(tmp_path / "data", normals=40, test_normals=4, defects_of_each=2)
    quick = ("--image-size", 64, "--epochs", 1, "--false-alarm-rate", 0.1, "--backbone", "random")
    with recording(is_image) as walk:
        linewatch_train(monkeypatch, "fit", parts.root, "--stream", "left", "--store", tmp_path / "store", *quick)
    keep("fit", walk)


def test_a_retrain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = write_parts(tmp_path / "data", normals=60, test_normals=0, defects_of_each=0)
    quick = {"epochs": 1, "width": 4, "widest": 8}
    fit_bundle(parts.root, tmp_path / "store", "left", options=quick, false_alarm_rate=0.1)
    passes = [verdict(number) for number in range(40)]
    flagged = [verdict(40 + number, 0.01, "anomaly") for number in range(8)]
    reviews = [review(each, Label.DEFECT) for each in flagged[:4]] + [
        review(each, Label.NORMAL) for each in flagged[4:]
    ]
    defects = {each.source for each in reviews if each.label == "defect"}
    images: dict[Source, bytes | None] = {
        each.source: cv2.imencode(".png", draw_part(number, "stain" if each.source in defects else None))[1].tobytes()
        for number, each in enumerate([*passes, *flagged], start=70_000)
    }
    inspection = FakeInspection([*passes, *flagged], reviews, images)
    monkeypatch.setattr(retraining, "KafkaInspection", lambda *_: inspection)
    when = ("--from", "2026-01-31T00:00:00Z", "--to", "2026-02-02T00:00:00Z")
    where = ("--store", tmp_path / "store", "--out", tmp_path / "out", "--archive", tmp_path / "archive")
    with recording(is_review, beneath=FIT) as walk:
        linewatch_train(monkeypatch, "retrain", "left", *when, *where)
    keep("retrain", walk)
