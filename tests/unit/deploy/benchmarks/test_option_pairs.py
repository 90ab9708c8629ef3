from pathlib import Path

import pytest

from deploy.benchmarks import option_pairs as benchmark
from deploy.benchmarks.option_pairs import Tried, measure, option_pairs, table, values_of
from tests.support.drawn_parts import write_parts
from tests.support.tiny_training import QUIET
from training.autoencoders.dense import DenseOptions


def test_each_value_of_an_option_meets_each_of_every_other() -> None:
    pairs = list(option_pairs({"loss": ["bce", "ssim"], "latent": [8], "augment": [False]}))
    assert pairs == [
        {"loss": "bce", "latent": 8},
        {"loss": "ssim", "latent": 8},
        {"loss": "bce", "augment": False},
        {"loss": "ssim", "augment": False},
        {"latent": 8, "augment": False},
    ]


def test_values_are_those_that_are_named_and_the_ends_of_what_a_search_tries() -> None:
    values = values_of(DenseOptions(), {"epochs": (7,)})
    assert (values["residual"], values["latent"], values["epochs"]) == ([True], [16, 128], [7])
    assert values["loss"] == ["bce", "ssim", "gradient", "perceptual"]
    assert "preset" not in values


def test_the_table_counts_pairs_and_names_those_that_learnt_nothing() -> None:
    tried = [
        Tried("vae", {"loss": "bce", "latent": 8}, learnt=True, says="", follows=0.4, epochs=3),
        Tried("vae", {"loss": "bce", "latent": 9}, learnt=True, says="", follows=0.4, epochs=20),
        Tried("vae", {"loss": "bce", "latent": 7}, learnt=True, says="", follows=0.4, epochs=20),
        Tried("vae", {"loss": "ssim", "latent": 8}, learnt=False, says="expected a fit", follows=0.0, epochs=20),
        Tried("vae", {"code": "grid", "network": "dense"}, learnt=None, says="would change nothing", follows=0.0),
    ]
    lines = table(tried).splitlines()
    assert (
        lines[0]
        == "| autoencoder | pairs | do not go together | learnt in 3 epochs | learnt in 20 epochs | learnt nothing |"
    )
    assert "| vae | 5 | 1 | 1 | 2 | 1 |" in lines
    assert lines[-1] == "- vae loss=ssim latent=8: expected a fit"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")
def test_pairs_are_fitted_and_those_that_do_not_go_together_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = [{"loss": "bce", "latent": 16}, {"loss": "bce", "width": -1}]
    monkeypatch.setattr(benchmark, "option_pairs", lambda _values: iter(pairs))
    found = list(measure(write_parts(tmp_path, normals=30).root, "dense", [5], QUIET))
    assert [each.learnt for each in found] == [True, None]
    assert found[0].follows > 0.01
    assert "width=-1" in found[1].says


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")
def test_what_learnt_nothing_is_fitted_with_more_epochs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.calibration.learnt.FOLLOWS", 2.0)  # more than any correlation
    monkeypatch.setattr(benchmark, "option_pairs", lambda _values: iter([{"loss": "bce", "latent": 16}]))
    (found,) = measure(write_parts(tmp_path, normals=30).root, "dense", [1, 2], QUIET)
    assert (found.learnt, found.epochs) == (False, 2)
