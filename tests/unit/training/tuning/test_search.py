from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.tiny_training import QUIET, SPEC, share_of, tiny_parts
from training.autoencoders.scoring_graph import ScoringGraph
from training.errors import TrainingError
from training.tuning.search import SearchRequest, Trial, best_of, search
from training.tuning.trials import Trials, TrialsRequest

pytestmark = pytest.mark.filterwarnings(
    # keras 3.15 turns tensorflow 2.21 tensors into numpy 2 arrays in the old way
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)

TINY: dict[str, Any] = {"epochs": 1, "steps": 2, "width": 32}


@pytest.fixture
def trials() -> Trials:
    request = TrialsRequest(Path(), "dense", TINY)
    return Trials(request, "0" * 64, SPEC, share_of(tiny_parts(8), tiny_parts(4, first=100)))


def asked(tmp_path: Path, **changes: Any) -> SearchRequest:
    return replace(SearchRequest("line/dense", tmp_path / "study.db"), **changes)


def test_a_search_begins_with_the_defaults_and_stays_within_the_space(trials: Trials, tmp_path: Path) -> None:
    tried = search(trials, asked(tmp_path, trials=3, tune=["latent", "dropout"]), QUIET)
    assert tried[0].options == {"latent": 64, "dropout": 0.0}
    for each in tried:
        assert 16 <= int(each.options["latent"]) <= 128
        assert 0.0 <= float(each.options["dropout"]) <= 0.2
        assert 0.0 <= each.auroc <= 1.0
    assert len({str(each.options) for each in tried}) == 3


def test_a_study_is_taken_up_where_it_was_left(trials: Trials, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = search(trials, asked(tmp_path, trials=1, grid=True, tune=["latent"]), QUIET)
    fitted: list[dict[str, Any]] = []
    fit = Trials.fit

    def interrupted(self: Trials, changes: dict[str, Any]) -> ScoringGraph:
        if fitted:
            raise KeyboardInterrupt
        fitted.append(changes)
        return fit(self, changes)

    with monkeypatch.context() as patch:
        patch.setattr(Trials, "fit", interrupted)
        with pytest.raises(KeyboardInterrupt):
            search(trials, asked(tmp_path, grid=True, tune=["latent"]), QUIET)
    tried = search(trials, asked(tmp_path, grid=True, tune=["latent"]), QUIET)
    assert tried[0] == first[0]
    assert sorted(int(each.options["latent"]) for each in tried) == [16, 32, 64, 128]


def test_a_grid_is_never_left_however_many_trials_are_allowed(trials: Trials, tmp_path: Path) -> None:
    tried = search(trials, asked(tmp_path, trials=7, grid=True, tune=["latent"]), QUIET)
    assert sorted(int(each.options["latent"]) for each in tried) == [16, 32, 64, 128]


def test_a_study_of_other_images_or_options_is_refused(trials: Trials, tmp_path: Path) -> None:
    search(trials, asked(tmp_path, trials=1), QUIET)
    with pytest.raises(TrainingError, match=r"found other images; give another --storage"):
        search(replace(trials, digest="1" * 64), asked(tmp_path, trials=2), QUIET)
    with pytest.raises(TrainingError, match=r"found other options to tune"):
        search(trials, asked(tmp_path, trials=2, tune=["latent"]), QUIET)


def test_a_file_that_is_no_study_is_refused(trials: Trials, tmp_path: Path) -> None:
    (tmp_path / "study.db").write_bytes(b"no database" * 100)
    with pytest.raises(TrainingError, match="is no file of Optuna's or cannot be written"):
        search(trials, asked(tmp_path), QUIET)


def test_options_whose_loss_is_no_number_are_passed_over(
    trials: Trials, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = Trials.fit

    def sometimes(self: Trials, changes: dict[str, Any]) -> ScoringGraph:
        if changes["latent"] < 64:
            raise TrainingError("the loss is no longer a number")
        return fit(self, changes)

    monkeypatch.setattr(Trials, "fit", sometimes)
    tried = search(trials, asked(tmp_path, grid=True, tune=["latent"]), QUIET)
    assert sorted(int(each.options["latent"]) for each in tried) == [64, 128]
    with pytest.raises(TrainingError, match="expected a trial to finish"):
        search(trials, asked(tmp_path, name="other", grid=True, trials=1, tune=["latent"]), QUIET)


def test_the_best_is_the_first_with_the_highest_auroc() -> None:
    tried = [Trial({"latent": latent}, auroc) for latent, auroc in ((1, 0.5), (2, 0.7), (3, 0.7))]
    assert best_of(tried).options == {"latent": 2}
