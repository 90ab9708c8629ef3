from pathlib import Path

import pytest

from service.scoring.bundle import BundleError, BundleStore
from service.scoring.manifest import Evaluation
from tests.support.bundles import challenge, write_bundle
from training.bundles.listing import rows

STREAM = "line"


@pytest.fixture
def store(tmp_path: Path) -> BundleStore:
    return BundleStore(tmp_path)


def test_a_listing_marks_the_roles_and_shows_a_damaged_bundle(store: BundleStore) -> None:
    first = write_bundle(store.root, STREAM)
    second = write_bundle(store.root, STREAM, champion=False, seed=1)
    challenge(second)
    (second / "model.tflite").write_bytes(b"altered")
    found = {row.bundle: row for row in rows(store, None)}
    assert found[first.name].champion
    assert found[first.name].threshold == 0.5
    assert not found[second.name].champion
    assert found[second.name].challenger
    assert "unaltered" in (found[second.name].fault or "")
    assert found[second.name].threshold is None


def test_a_row_has_the_figures_of_the_manifest(store: BundleStore) -> None:
    evaluation = Evaluation(normal=1, defects=1, image_auroc=0.75, false_alarms=0, defects_flagged=1)
    write_bundle(store.root, STREAM, evaluation=evaluation)
    (row,) = rows(store, STREAM)
    assert (row.stream, row.autoencoder, row.false_alarm_rate, row.n) == (STREAM, "brightness", 0.01, 100)
    assert (row.image_auroc, row.fault) == (0.75, None)


def test_one_stream_or_all_are_listed(store: BundleStore) -> None:
    for stream in ("left", "right"):
        write_bundle(store.root, stream)
    assert [row.stream for row in rows(store, None)] == ["left", "right"]
    assert [row.stream for row in rows(store, "right")] == ["right"]
    with pytest.raises(BundleError, match="found left, right"):
        rows(store, "middle")


def test_an_empty_store_lists_nothing(store: BundleStore) -> None:
    assert rows(BundleStore(store.root / "none"), None) == []
