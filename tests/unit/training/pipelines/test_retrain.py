"""What is refused before anything is fitted; tests/integration/test_collect.py retrains for real."""

import hashlib
from pathlib import Path

import pytest

from service.record.archive import Archive
from service.scoring.bundle import BundleStore
from tests.support.bundles import write_bundle
from tests.support.inspection_log import DAY, STREAM, FakeInspection, silent, speckled, verdict
from training.bundles.training_images import NORMAL_SET, TrainingImage
from training.collection.collect import CollectRequest
from training.errors import TrainingError
from training.pipelines.retrain import PREVIOUS, RetrainRequest, retrain


def run(store: Path, inspection: FakeInspection) -> None:
    request = RetrainRequest(
        collect=CollectRequest(STREAM, DAY, store.parent / "out", limit=100),
        store=BundleStore(store),
        archive=Archive(str(store.parent / "archive")),
    )
    retrain(request, inspection, silent())


def write_set(root: Path, images: int) -> Path:
    """A store whose champion was fitted on some images, which are there."""
    lines = []
    for number in range(images):
        path, data = root / f"{number}.png", speckled(number)
        path.write_bytes(data)
        lines.append(TrainingImage(sha256=hashlib.sha256(data).hexdigest(), path=str(path), role="fit"))
    text = "".join(f"{each.model_dump_json()}\n" for each in lines)
    write_bundle(root / "store", STREAM, more={NORMAL_SET: text.encode()})
    return root / "store"


def test_a_line_with_nothing_to_learn_from_is_refused(tmp_path: Path) -> None:
    store = write_set(tmp_path, 4)
    with pytest.raises(TrainingError, match=r"expected normal parts of stream 'left', .*, found none that may be used"):
        run(store, FakeInspection([verdict(1, 0.01, "anomaly")]))
    assert len(list((tmp_path / "out" / PREVIOUS).iterdir())) == 4


def test_a_stream_without_its_previous_normal_set_is_refused(tmp_path: Path) -> None:
    store = write_set(tmp_path, 4)
    (tmp_path / "0.png").unlink()
    inspection = FakeInspection([verdict(10), verdict(11)])
    with pytest.raises(TrainingError, match=r"at least 80% of the 4 images .*, found 3"):
        run(store, inspection)
    assert inspection.fetched == []


def test_what_is_like_the_previous_set_is_not_collected_again(tmp_path: Path) -> None:
    store = write_set(tmp_path, 4)
    inspection = FakeInspection([verdict(number) for number in range(4)])
    with pytest.raises(TrainingError, match="found none that may be used"):
        run(store, inspection)
    assert len(inspection.fetched) == 4
