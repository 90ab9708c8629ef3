"""Collect, recalibrate and retrain by the real commands, over the real service and broker."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import pytest

from deploy.devtools.broker.local import LocalKafka
from service.record.clients import make_writer
from service.record.image_archive import Archive
from service.record.messages import ReviewReason, Source, VerdictMessage
from service.record.reviews import Label, Review
from service.record.topic_reader import TopicReader
from service.scoring.bundle import BundleStore
from service.settings.every import Settings
from tests.support.broker import MakeTopics, Topics
from tests.support.bundles import THRESHOLD, write_bundle
from tests.support.drawn_parts import draw_part, write_parts
from tests.support.fitted import fit_bundle
from tests.support.inspection_log import speckled
from tests.support.line import Line
from tests.support.service import WITHOUT_TENSORFLOW, Service
from training.bundles.training_images import read_training_images
from training.collection.holdout import is_held_out

pytestmark = [pytest.mark.integration, pytest.mark.timeout(1500)]

PASSES, FLAGGED, DEFECTS, OPEN = 200, 16, 5, 3
LEARNT_FROM = 40


@dataclass(frozen=True)
class Inspected:
    """A line that has inspected parts of two streams, and its reviewers' answers."""

    store: BundleStore
    environment: dict[str, str]
    verdicts: list[VerdictMessage]

    def train(self, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [str(Path(sys.executable).with_name("linewatch-train")), *map(str, arguments)]
        return subprocess.run(
            command,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=1200,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    def result(self, *arguments: object, **environment: str) -> dict[str, Any]:
        ended = self.train(*arguments, "--json", **environment)
        assert ended.returncode == 0, ended.stderr
        found: dict[str, Any] = json.loads(ended.stdout)
        return found


def bright() -> Iterator[tuple[str, bytes]]:
    """Passes, good parts that are a little too bright, defects, and bright parts that nobody will review."""
    for n in range(PASSES):
        yield f"pass-{n}", speckled(n, 60 + n % 60)
    for n in range(FLAGGED):
        yield f"false-alarm-{n}", speckled(1000 + n, 130 + n)
    for n in range(DEFECTS):
        yield f"defect-{n}", speckled(2000 + n, 250)
    for n in range(OPEN):
        yield f"open-{n}", speckled(3000 + n, 200)


def answer(verdict: VerdictMessage) -> Review | None:
    """A reviewer's answer for a part that was flagged."""
    label = Label.DEFECT if verdict.part_id.startswith("defect") else Label.NORMAL
    if (verdict.decision == "pass" and label is Label.NORMAL) or verdict.part_id.startswith("open"):
        return None
    return Review(
        source=verdict.source,
        part_id=verdict.part_id,
        stream=verdict.stream,
        bundle=verdict.bundle,
        label=label,
        kind="glare" if label is Label.DEFECT else None,
        reviewer="kim",
        at=datetime.now(UTC),
        asked=ReviewReason.ANOMALY,
        captured_at=verdict.captured_at,
    )


@pytest.fixture(scope="module")
def inspected(kafka: LocalKafka, make_topics: MakeTopics, tmp_path_factory: pytest.TempPathFactory) -> Inspected:
    root = tmp_path_factory.mktemp("inspected")
    write_bundle(root / "store", "bright")
    parts = write_parts(root / "normal", normals=LEARNT_FROM, test_normals=0, defects_of_each=0)
    quick = {"epochs": 2, "width": 4, "widest": 8}
    fit_bundle(parts.root, root / "store", "discs", options=quick, false_alarm_rate=0.1)
    topics = make_topics()
    line = Line(kafka.bootstrap_servers, topics)
    with Service(kafka.bootstrap_servers, root / "store", topics, root / "service.log") as service:
        service.until_ready()
        discs = [(f"disc-{n}", png_of(n)) for n in range(60)] + [("defect-disc", png_of(99, "stain"))]
        line.send([(key, image, [("stream", b"bright")]) for key, image in bright()])
        line.send([(key, image, [("stream", b"discs")]) for key, image in discs])
        verdicts = line.outcomes(PASSES + FLAGGED + DEFECTS + OPEN + len(discs)).verdicts
        environment = {**service.environment, "LINEWATCH_ARCHIVE": str(root / "archive")}
    environment["PYTHONPATH"] = os.environ.get("PYTHONPATH", "")
    with closing(make_writer(Settings(bootstrap_servers=kafka.bootstrap_servers))) as writer:
        for review in filter(None, map(answer, verdicts)):
            writer.send(topics.reviews, review.value(), key=review.key).get(timeout=60)
    return Inspected(BundleStore(root / "store"), environment, verdicts)


def png_of(number: int, defect: str | None = None) -> bytes:
    encoded: bytes = cv2.imencode(".png", draw_part(70_000 + number, defect)[..., ::-1])[1].tobytes()
    return encoded


def test_the_line_s_images_are_collected_in_mvtec_layout_and_again_without_fetching(
    inspected: Inspected, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    found = inspected.result("collect", "bright", "--from", "1h", "--out", out)
    flagged = [each for each in inspected.verdicts if each.stream == "bright" and each.decision == "anomaly"]
    alarms = [each for each in flagged if each.part_id.startswith("false-alarm")]
    held_out = sum(is_held_out(each.source) for each in alarms)
    clear = sum(
        each.stream == "bright" and each.decision == "pass" and each.p_value >= 0.05 for each in inspected.verdicts
    )
    assert len(alarms) == FLAGGED
    assert found["images"]["train/good"] == clear + FLAGGED - held_out
    assert found["images"].get("test/good", 0) == held_out
    assert found["images"]["test/glare"] == DEFECTS
    assert found["left_out"]["an anomaly that nobody reviewed"] == OPEN
    files = {path: path.stat().st_mtime_ns for path in out.rglob("*.png")}
    assert Counter(path.parent.name for path in files)["glare"] == DEFECTS
    assert inspected.result("collect", "bright", "--from", "1h", "--out", out) == found
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.png")} == files


def test_a_new_threshold_comes_without_tensorflow(inspected: Inspected) -> None:
    refused = inspected.train("recalibrate", "bright", "--reviewed", "0.95")
    assert refused.returncode == 2
    assert "expected reviews of at least 95%" in refused.stderr
    champion = inspected.store.champion_id("bright")
    done = inspected.result("recalibrate", "bright", PYTHONPATH=str(WITHOUT_TENSORFLOW))
    assert done["threshold"]["champion"] == THRESHOLD
    assert THRESHOLD < done["threshold"]["challenger"] < 250 / 255
    assert inspected.store.challenger_id("bright") == done["challenger"]
    assert inspected.store.champion_id("bright") == champion


def test_a_stream_is_retrained_on_what_it_made_and_on_its_first_images(inspected: Inspected, tmp_path: Path) -> None:
    champion = inspected.store.champion("discs")
    done = inspected.result("retrain", "discs", "--out", tmp_path / "out", "--limit", "30")
    assert (done["champion"], inspected.store.champion_id("discs")) == (champion.id, champion.id)
    assert inspected.store.challenger_id("discs") == done["challenger"]
    assert done["previous"] == {"wanted": LEARNT_FROM, "found": LEARNT_FROM}
    assert done["collected"]["images"]["train/good"] > 0
    assert (done["backtest"]["champion"]["bundle"], done["backtest"]["challenger"]["bundle"]) == (
        champion.id,
        done["challenger"],
    )
    assert 0.0 <= done["new_under_champion"]["distance"] <= 1.0
    challenger = inspected.store.bundle("discs", done["challenger"])
    assert challenger.manifest.autoencoder.options == champion.manifest.autoencoder.options
    assert challenger.manifest.input == champion.manifest.input
    assert challenger.manifest.calibration.false_alarm_rate == 0.1
    normals = read_training_images(challenger)
    calibrating = Counter(normal.original for normal in normals if normal.role == "calibration")
    assert calibrating[True] >= calibrating[False] > 0
    assert done["calibrating"] == {"original": calibrating[True], "collected": calibrating[False]}
    assert challenger.manifest.drift is not None
    assert 0 < len(challenger.manifest.drift.brightness or ()) <= calibrating[False], "the light of now alone"
    assert sum(normal.original for normal in normals) == LEARNT_FROM
    assert len(normals) == LEARNT_FROM + done["collected"]["images"]["train/good"]
    archive = Archive(inspected.environment["LINEWATCH_ARCHIVE"])
    assert all(archive.holds(normal.sha256) for normal in normals)
    assert challenger.manifest.evaluation is not None
    assert challenger.manifest.evaluation.by_kind.keys() == {"glare"}
    assert json.loads((tmp_path / "out" / "retrain.json").read_text()) == done


def test_records_are_picked_by_their_coordinates_across_a_long_topic(kafka: LocalKafka, topics: Topics) -> None:
    settings = Settings(bootstrap_servers=kafka.bootstrap_servers)
    with closing(make_writer(settings)) as writer:
        for n in range(2000):
            writer.send(topics.images, b"%d" % n, partition=n % 2)
        writer.flush()
    wanted = {(n % 2, n // 2) for n in (0, 3, 4, 5, 700, 1500, 1501, 1999)}
    sources = [Source(topic=topics.images, partition=partition, offset=offset) for partition, offset in wanted]
    gone = [
        Source(topic=topics.images, partition=partition, offset=offset)
        for partition, offset in [(0, 5000), (3, 0), (9, 1)]
    ]
    with TopicReader(settings, topics.images) as reader:
        found = [(record.partition, record.offset) for record in reader.pick([*sources, *gone])]
        assert list(reader.pick([])) == []
    assert sorted(found) == sorted(wanted)
