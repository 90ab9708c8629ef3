"""Scoring parts again."""

import shutil
import threading
from pathlib import Path

import pytest

from service.review.rescorer import Rescorer
from service.scoring.bundle import BundleStore
from service.scoring.image import ImageLimits, ImageRejected
from service.scoring.scorer import Scorer
from tests.support.bundles import SIDE, part, png, write_bundle
from tests.support.reviewing import source

IMAGE = png(part(60, 255))


@pytest.fixture
def rescorer(tmp_path: Path) -> Rescorer:
    return Rescorer(tmp_path, ImageLimits(), threads=1)


def test_an_image_is_scored_by_the_bundle_that_is_named(rescorer: Rescorer, tmp_path: Path) -> None:
    one, other = write_bundle(tmp_path), write_bundle(tmp_path, gain=0.5, champion=False)
    scores = []
    for bundle in (one, other):
        prediction = rescorer.score("default", bundle.name, source(1), IMAGE)
        assert prediction is not None
        assert prediction.anomaly_map.shape == (SIDE, SIDE)
        scores.append(prediction.score)
    assert scores == pytest.approx([1.0, 0.5])


def test_a_prediction_is_remembered_by_bundle_and_part(rescorer: Rescorer, tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path)
    first = rescorer.score("default", bundle.name, source(1), IMAGE)
    assert rescorer.score("default", bundle.name, source(1), b"is not decoded again") is first
    second = rescorer.score("default", bundle.name, source(2), png(part(60)))
    assert second is not None
    assert second.score == pytest.approx(60 / 255)


def test_a_bundle_that_is_gone_or_damaged_gives_no_score_and_no_manifest(rescorer: Rescorer, tmp_path: Path) -> None:
    damaged = write_bundle(tmp_path)
    (damaged / "model.tflite").write_bytes(b"damaged")
    for bundle in ("0123456789abcdef", damaged.name):
        assert rescorer.score("default", bundle, source(1), IMAGE) is None
        assert rescorer.manifest("default", bundle) is None


def test_a_bundle_once_loaded_serves_after_it_left_the_store(rescorer: Rescorer, tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path)
    manifest = rescorer.manifest("default", bundle.name)
    shutil.rmtree(bundle)
    assert manifest is not None
    assert rescorer.manifest("default", bundle.name) == manifest
    assert rescorer.score("default", bundle.name, source(1), IMAGE) is not None


def test_an_image_that_cannot_be_decoded_is_rejected(rescorer: Rescorer, tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path)
    with pytest.raises(ImageRejected):
        rescorer.score("default", bundle.name, source(1), b"nonsense")


def test_a_store_that_hangs_gives_no_score_and_is_left_alone_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle, release = write_bundle(tmp_path), threading.Event()
    asked: list[str] = []

    def hang(_store: BundleStore, _stream: str, name: str) -> None:
        asked.append(name)
        release.wait()

    monkeypatch.setattr("service.review.rescorer.STORE_SECONDS", 0.05)
    monkeypatch.setattr(BundleStore, "bundle", hang)
    rescorer = Rescorer(tmp_path, ImageLimits(), threads=1)
    for _ in range(3):
        assert rescorer.score("default", bundle.name, source(1), IMAGE) is None
    assert asked == [bundle.name]
    release.set()


def test_a_graph_that_fails_on_an_image_gives_no_score(
    rescorer: Rescorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the runtime failed")

    bundle = write_bundle(tmp_path)
    assert rescorer.manifest("default", bundle.name) is not None
    monkeypatch.setattr(Scorer, "score_decoded", fail)
    assert rescorer.score("default", bundle.name, source(1), IMAGE) is None
