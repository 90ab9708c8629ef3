"""Fitting by the real command line, in a process of its own where that matters; needs no Kafka."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from service.record.image_archive import Archive
from service.scoring.bundle import Bundle, BundleStore
from service.scoring.drift import ordinary_count
from service.scoring.image import ImageLimits
from service.scoring.manifest import Manifest
from service.scoring.scorer import Scorer
from service.scoring.verdict import judge
from tests.support.command_line import linewatch_train, refusal
from tests.support.drawn_parts import SIDE, Parts, draw_part, write_image, write_parts
from tests.support.encoded import encoded
from tests.support.fitted import SLOW_LINE, FittedParts
from training.bundles.training_images import copy_images, read_training_images
from training.latents.decoder import LatentDecoder
from training.latents.table import CODES, read_latents
from training.progress import Progress

TINY = ("--image-size", str(SIDE), "--epochs", "3", "--parts-per-hour", str(SLOW_LINE), "--json")
SMALL = (*TINY, "--false-alarm-rate", "0.05", "--review-rate", "0.2")
QUICK = (*SMALL, "--calibration", "split")

LIBRARIES_WARN = pytest.mark.filterwarnings(
    # keras 3.15 turns tensorflow 2.21 tensors into numpy 2 arrays in the old way
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)


def train(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("linewatch-train")), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def result(*arguments: object) -> dict[str, Any]:
    ended = train(*arguments)
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


@dataclass(frozen=True, slots=True)
class Twice:
    """Two bundles of one stream, fitted with one seed on the same images under different names."""

    store: BundleStore
    first: dict[str, Any]
    second: dict[str, Any]

    def manifest(self, which: dict[str, Any]) -> Manifest:
        return self.store.bundle("line", which["bundle"]).manifest


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    return write_parts(tmp_path_factory.mktemp("parts"), normals=40)


@pytest.fixture(scope="module")
def twice(parts: Parts, tmp_path_factory: pytest.TempPathFactory) -> Twice:
    root = tmp_path_factory.mktemp("twice")
    for number, path in enumerate(reversed(parts.normals)):
        (root / "renamed").mkdir(exist_ok=True)
        shutil.copy(path, root / "renamed" / f"part {number}.png")
    store = root / "store"
    same = ("--stream", "line", "--store", store, "--seed", 7, "--autoencoder", "dense", *QUICK)
    first, second = (result("fit", data, *same) for data in (parts.root, root / "renamed"))
    return Twice(BundleStore(store), first, second)


def test_an_mvtec_folder_becomes_a_bundle_with_its_evaluation_and_report(twice: Twice) -> None:
    first = twice.first
    bundle = twice.store.bundle("line", first["bundle"])
    Scorer(bundle)
    assert first["images"] == {"fit": 16, "validation": 4, "calibration": 20, "unused": 0, "parts": 40}
    assert first["evaluation"]["normal"] == 10
    assert set(first["evaluation"]["by_kind"]) == {"scratch", "stain"}
    assert bundle.manifest.autoencoder.options["epochs"] == 3
    assert bundle.manifest.seed == 7
    assert bundle.manifest.drift is not None
    assert len(bundle.manifest.drift.brightness or ()) == ordinary_count(20, bundle.manifest.drift.ordinary_share)
    report = (bundle.path / "report/report.html").read_text()
    assert report.count("data:image/") > 20
    assert "http" not in report.replace("http-equiv", ""), "the report must open anywhere"
    assert len(bundle.golden()) == 5
    assert [score for _, score in bundle.golden()] == sorted(score for _, score in bundle.golden())


def test_by_default_all_images_are_learnt_from_and_all_calibrate(parts: Parts, tmp_path: Path) -> None:
    found = result("fit", parts.root, "--stream", "line", "--store", tmp_path, *SMALL)
    assert found["images"] == {"fit": 36, "validation": 4, "calibration": 40, "unused": 0, "parts": 40}
    assert (found["calibration_method"], len(found["fold_factors"])) == ("cross_conformal", 5)
    bundle = BundleStore(tmp_path).bundle("line", found["bundle"])
    Scorer(bundle)  # golden images score as the deployed graph does
    calibration = bundle.manifest.calibration
    assert calibration.threshold == calibration.scores[38]  # the 39th of 40: ceil(41 * 0.95)
    roles = [image.role for image in read_training_images(bundle)]
    assert roles == ["calibration"] * 40
    report = (bundle.path / "report/report.html").read_text()
    assert "each scored by a fit without it" in report
    assert "40 normal images, all of them learnt from" in " ".join(report.split())


def test_a_review_budget_gives_a_second_threshold_of_the_same_calibration_images(twice: Twice) -> None:
    calibration = twice.manifest(twice.first).calibration
    assert (twice.first["review_rate"], twice.first["review_threshold"]) == (0.2, calibration.review_threshold)
    assert calibration.review_threshold == calibration.scores[16]  # the 17th of 20: ceil(21 * 0.8)
    assert twice.first["evaluation"]["normals_to_review"] is not None


def test_same_seed_and_images_give_the_same_scores_whatever_the_names(twice: Twice) -> None:
    first, second = (twice.manifest(which) for which in (twice.first, twice.second))
    assert first.training_data.digest == second.training_data.digest
    assert first.calibration == second.calibration


def test_only_the_first_bundle_of_a_stream_becomes_champion_by_itself(twice: Twice) -> None:
    assert twice.first["champion"]
    assert not twice.second["champion"]
    assert twice.second["evaluation"] is None


@LIBRARIES_WARN
def test_a_fit_that_learnt_nothing_is_refused_and_leaves_nothing(
    parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store, collapsing = tmp_path / "store", ("--autoencoder", "sparse", "--options", "sparsity_weight=1000")
    command = ["fit", str(parts.root), "--stream", "line", "--store", str(store), *collapsing, *QUICK]
    assert "it learnt nothing; fit again with more epochs than 3" in refusal(command, monkeypatch, capsys)
    assert not BundleStore(store).champion_id("line")
    assert not list(store.rglob("manifest.json"))


@LIBRARIES_WARN
def test_the_latest_images_can_calibrate_where_a_lamp_dims(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(80):
        dimmed = draw_part(number) * (1.0 - 0.7 * number / 80)
        write_image(tmp_path / "shift" / f"part {number}.png", dimmed.astype("uint8"))
    latest = ("--calibrate-on", "latest", "--false-alarm-rate", "0.04", *TINY)
    conv = ("--store", tmp_path / "store", "--autoencoder", "conv", "--calibration", "split")
    linewatch_train(monkeypatch, "fit", tmp_path / "shift", "--stream", "line", *conv, *latest)
    printed = capsys.readouterr()
    assert "calibrating on 27 of the latest 40 parts by file name, from part 40.png to part 79.png" in printed.err
    found = json.loads(printed.out)
    assert found["images"]["calibration"] == 27
    assert found["order"]["by"] == "file name"
    assert "Calibration scores in order" in Path(found["report"]).read_text()


def test_promote_and_rollback_by_command_line(twice: Twice, tmp_path: Path) -> None:
    store = tmp_path / "store"
    shutil.copytree(twice.store.root, store)
    first, second = twice.first["bundle"], twice.second["bundle"]
    promoted = result("promote", "line", second[:10], "--store", store, "--json", "--force", "a test")
    assert promoted == {"stream": "line", "champion": second, "previous": first}
    assert result("rollback", "line", "--store", store, "--json")["champion"] == first
    refused = train("rollback", "line", "--store", store)
    assert refused.returncode == 2
    assert len(refused.stderr.strip().splitlines()) == 1


def test_evaluate_agrees_with_the_fit(twice: Twice, parts: Parts) -> None:
    found = result("evaluate", parts.root, "--stream", "line", "--store", twice.store.root, "--json")
    assert found["evaluation"] == twice.first["evaluation"]


@LIBRARIES_WARN
def test_sixteen_bit_mono_in_a_plain_folder_with_bad_files_among_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    for i in range(41):
        write_image(data / f"shift{i % 2}" / f"{i}.tiff", draw_part(i, bit_depth=16, colour=False))
    shutil.copy(data / "shift0/0.tiff", data / "shift1/copy.tiff")
    (data / "cut.tiff").write_bytes((data / "shift0/0.tiff").read_bytes()[:200])
    where = ("--stream", "x-ray", "--store", tmp_path / "store")
    linewatch_train(monkeypatch, "fit", data, *where, "--autoencoder", "conv", *QUICK)
    found = json.loads(capsys.readouterr().out)
    assert found["left_out"] == {"duplicate": 1, "unreadable": 1}
    bundle = BundleStore(tmp_path / "store").bundle("x-ray", found["bundle"])
    spec = bundle.manifest.input
    assert (spec.channels, spec.bit_depth) == (1, 16)
    assert 0.0 < spec.black < 1000 / 65535 + 0.01 < spec.white < 0.1
    report = (bundle.path / "report/report.html").read_text()
    assert "cut.tiff" in report
    assert "copy.tiff" in report


def write_litter(data: Path) -> None:
    """Beside the images of `write_parts`: what people's folders hold, and names that are no text."""
    good, spot = data / "train/good", os.fsdecode(b"fl\xe4ck")
    for folder in (".Trash-1000/files", "@eaDir/000.png", "deep/__MACOSX"):
        (good / folder).mkdir(parents=True)
        shutil.copy(data / "test/scratch/000.png", good / folder / "1.png")
    (data / "test/stain").rename(data / "test" / spot)
    for path in sorted(good.glob("01*.png")):
        path.rename(good / os.fsdecode(b"pr\xe4f" + path.name.encode()))
    for number in (20, 21):
        write_image(good / f"twin{number}.bmp", draw_part(number))
    (good / "jpeg.JFIF").write_bytes(encoded(".jpg", draw_part(70)))
    (good / "loop").symlink_to("..")
    (good / "gone.png").symlink_to(data / "nowhere")
    os.mkfifo(good / "pipe.png")
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[20:40, 20:40] = 255
    for number, pixels in enumerate((mask, np.zeros_like(mask), mask[::2])):
        write_image(data / f"ground_truth/scratch/00{number}_mask.png", pixels)
    write_image(data / "ground_truth/scratch/100_mask.png", mask)


def test_a_folder_as_people_have_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8:strict")
    write_parts(tmp_path / "data", normals=40)
    write_litter(tmp_path / "data")
    data = (tmp_path / "data").rename(tmp_path / os.fsdecode(b"d\xe4ta"))  # OpenCV takes no such name
    store = tmp_path / "store"
    found = result("fit", data, "--stream", "line", "--store", store, "--autoencoder", "conv", *QUICK)
    assert found["left_out"] == {
        "hidden": 1, "system file": 2, "linked again": 1, "not an image": 2, "duplicate": 2, "mask of no image": 1,
        "unusable mask": 2,
    }  # fmt: skip
    assert found["images"]["parts"] == 41
    assert found["evaluation"]["by_kind"].keys() == {"scratch", r"fl\xe4ck"}
    assert found["evaluation"]["masks"] == 1
    bundle = BundleStore(store).bundle("line", found["bundle"])
    assert r"d\xe4ta/train/good/.Trash-1000" in (bundle.path / "report/report.html").read_text()
    images = read_training_images(bundle)
    assert sum(r"d\xe4ta/train/good/pr\xe4f01" in image.path for image in images) == 10
    again = copy_images(images, tmp_path / "again", Archive(str(tmp_path / "archive")), Progress(Console(quiet=True)))
    assert len(again.images) == 41
    assert found["evaluation"] == result("evaluate", data, "--stream", "line", "--store", store, "--json")["evaluation"]


def decisions(bundle: Bundle, paths: list[Path]) -> list[str]:
    scorer = Scorer(bundle)
    found: list[str] = []
    for path in paths:
        scored = scorer.score_encoded(path.read_bytes(), ImageLimits())
        found.append(
            judge(scored.prediction, bundle.manifest.calibration, bundle.id, scored.size, scored.covers).decision
        )
    return found


def test_a_fitted_bundle_flags_defects_and_passes_most_normals(fitted: FittedParts) -> None:
    bundle = BundleStore(fitted.store).champion(fitted.stream)
    assert bundle.id == fitted.bundle
    assert decisions(bundle, fitted.defects) == ["anomaly"] * len(fitted.defects)
    assert decisions(bundle, fitted.normals).count("pass") >= 0.8 * len(fitted.normals)


def test_a_set_too_small_for_its_budget_is_refused(parts: Parts, tmp_path: Path) -> None:
    refused = train("fit", parts.root, "--stream", "line", "--store", tmp_path, "--json")
    assert refused.returncode == 2
    assert json.loads(refused.stdout)["smallest_false_alarm_rate"] == pytest.approx(1 / 41)
    assert "found 40" in refused.stderr
    assert not list(tmp_path.iterdir())


def test_a_bundle_of_images_decodes_latents_like_those_of_its_calibration_images(fitted: FittedParts) -> None:
    bundle = BundleStore(fitted.store).bundle(fitted.stream, fitted.bundle)
    known = read_latents(bundle.path / CODES, bundle)
    assert known.size == bundle.manifest.autoencoder.code_size
    assert len(known.names) == bundle.manifest.calibration.n
    made = LatentDecoder(bundle).images(known.latents[:1])
    assert made.shape == (1, SIDE, SIDE, 3)
    assert made.std() > 10, "a disc on a dark ground, not a plain colour"
