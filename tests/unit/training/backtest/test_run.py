from pathlib import Path

import pytest

from service.scoring.bundle import BundleError, BundleStore
from tests.support.backtests import write_pair, write_tests
from tests.support.tiny_training import QUIET
from training.backtest.result import read
from training.backtest.run import run
from training.backtest.samples import folder_samples


def test_figures_and_report_are_saved_in_the_store(tmp_path: Path) -> None:
    store = BundleStore(tmp_path / "store")
    champion, challenger = write_pair(store.root, 0.1)
    bundles = store.bundle("default", champion), store.bundle("default", challenger)
    samples = folder_samples(write_tests(tmp_path / "data"), with_train=False)
    found = run(store, *bundles, samples, QUIET)
    saved = read(store, "default", champion, challenger)
    assert saved is not None
    assert saved[0] == found.result
    assert found.path == store.folder("default") / "backtests" / f"{champion}-{challenger}.json"
    assert found.report == found.path.with_suffix(".html")
    assert "test/spot/0.png" in found.report.read_text()
    assert len(found.result.missed) == 4


def test_a_bundle_that_was_altered_after_it_was_read_is_not_compared(tmp_path: Path) -> None:
    store = BundleStore(tmp_path / "store")
    champion, challenger = write_pair(store.root, 1.5)
    good, other = store.bundle("default", champion), store.bundle("default", challenger)
    (other.path / "model.tflite").write_bytes((good.path / "model.tflite").read_bytes())
    samples = folder_samples(write_tests(tmp_path / "data"), with_train=False)
    with pytest.raises(BundleError, match="unaltered, found another digest"):
        run(store, good, other, samples, QUIET)
    assert not (store.folder("default") / "backtests").exists()
