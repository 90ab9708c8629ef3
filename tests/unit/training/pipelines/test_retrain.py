"""Retraining around the fit; tests/integration/test_collect.py retrains for real."""

from pathlib import Path
from typing import Any

import pytest

from service.record.image_archive import Archive
from service.scoring.bundle import BundleStore
from tests.support.bundles import SIDE, crown, write_bundle
from tests.support.framed import FRAMED, write_framed_bundle
from tests.support.inspection_log import DAY, STREAM, FakeInspection, silent, verdict
from tests.support.retraining import FakeFit, inspected_line, write_set
from training.collection.collect import CollectRequest
from training.data.framing import Framing, RoiRequest, choose_input
from training.errors import TrainingError
from training.pipelines.fit import Fitted
from training.pipelines.fit_request import FitRequest
from training.pipelines.retrain import PREVIOUS, Retrained, RetrainRequest, retrain
from training.progress import Progress


def run(store: Path, inspection: FakeInspection, **changes: Any) -> Retrained:
    request = RetrainRequest(
        collect=CollectRequest(STREAM, DAY, store.parent / "out", limit=100),
        store=BundleStore(store),
        archive=Archive(str(store.parent / "archive")),
        changes=changes,
    )
    return retrain(request, inspection, silent())


@pytest.fixture
def fake_fit(monkeypatch: pytest.MonkeyPatch) -> FakeFit:
    found = FakeFit()
    monkeypatch.setattr("training.pipelines.retrain.fit", found)
    return found


def test_the_result_is_challenger_and_compared_with_the_champion(tmp_path: Path, fake_fit: FakeFit) -> None:
    root = write_set(tmp_path, 4)
    store = BundleStore(root)
    champion = store.champion_id(STREAM)
    done = run(root, inspected_line())
    assert fake_fit.request is not None
    assert (store.champion_id(STREAM), store.challenger_id(STREAM)) == (champion, done.fitted.bundle.id)
    result = done.backtest.result
    assert (result.champion.bundle, result.challenger.bundle) == (champion, done.fitted.bundle.id)
    assert (result.images, result.defects) == (13, {"stain": 1})
    assert (result.champion.flagged, result.challenger.flagged) == (1, 13)
    assert done.backtest.path.is_file()
    assert done.backtest.report.is_file()
    assert done.calibrating == {"original": 4, "collected": 12}
    assert done.new_under_champion is not None
    assert done.new_under_champion.images == 12
    assert done.original_under_challenger is not None
    assert done.original_under_challenger.images == 4


def test_the_fit_is_the_champions_but_for_the_changes(tmp_path: Path, fake_fit: FakeFit) -> None:
    run(write_set(tmp_path, 4), inspected_line(), false_alarm_rate=0.25, options={"epochs": 3})
    request = fake_fit.request
    assert request is not None
    assert (request.autoencoder, request.framing.size, request.seed) == ("brightness", (SIDE, SIDE), 0)
    assert (request.false_alarm_rate, request.options) == (0.25, {"epochs": 3})
    assert request.origins is not None
    assert len(request.origins.not_original()) == 12 + 1


def test_what_of_an_image_the_champion_scores_the_next_one_does(tmp_path: Path, fake_fit: FakeFit) -> None:
    done = run(write_set(tmp_path, 4, write_framed_bundle), inspected_line())
    request = fake_fit.request
    assert request is not None
    assert request.framing == Framing.of(FRAMED)
    assert request.framing.roi == RoiRequest((0.25, 0.0, 0.75, 1.0), in_pixels=False)
    assert request.framing.ignored == FRAMED.ignored
    assert choose_input(request.framing, FRAMED.roi, []) == ((SIDE, SIDE), FRAMED.tiles)
    assert done.backtest.result.images == 13


def test_a_bundle_promoted_during_the_fit_is_the_one_compared_with(tmp_path: Path, fake_fit: FakeFit) -> None:
    root = write_set(tmp_path, 4)
    inspection = inspected_line()
    other = write_bundle(root, STREAM, gain=0.5, champion=False)

    class Promoting(FakeFit):
        def __call__(self, request: FitRequest, progress: Progress) -> Fitted:
            crown(other)
            return fake_fit(request, progress)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.pipelines.retrain.fit", Promoting())
        done = run(root, inspection)
    assert done.backtest.result.champion.bundle == other.name != done.champion


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
