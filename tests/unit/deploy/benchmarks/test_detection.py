"""The table of `make bench-detection`, and its one-sentence errors."""

import sys
from pathlib import Path

import pytest

from deploy.benchmarks.detection import MODELS, columns, main, table
from deploy.benchmarks.models import read_models
from deploy.benchmarks.result_cache import Row
from deploy.benchmarks.speed_curve import GraphSpeed
from service.scoring.manifest import Precision


def row(model: str, seed: int, auroc: float | None, name: str = "bolts", precision: Precision = "float32") -> Row:
    score_ms = 4.0 if model == "feature" else None
    return Row(name, model, precision, seed, auroc, None, None, {}, None, None, 10.0 * seed, None, score_ms, "", {})


def test_the_table_gives_means_over_seeds_and_over_sets() -> None:
    rows = [row("conv", 1, 0.8), row("conv", 3, 0.9), row("feature", 1, 1.0), row("feature", 1, 0.5, name="nuts")]
    assert table(rows).splitlines() == [
        "| image AUROC | conv | feature |",
        "|---|---|---|",
        "| bolts | 0.850 | 1.000 |",
        "| nuts | - | 0.500 |",
        "| mean | 0.850 | 0.750 |",
        "| fit, seconds | 20 | 10 |",
        "| score, ms an image | - | 4.0 |",
    ]


def test_speeds_of_graphs_are_two_more_rows() -> None:
    rows = [row("conv", 1, 0.8), row("feature", 1, 1.0)]
    assert table(rows, {("feature", "float32"): GraphSpeed(3.456, 287_600_000)}).splitlines()[-2:] == [
        "| graph, ms on one thread | - | 3.46 |",
        "| million multiply-adds | - | 288 |",
    ]


def test_each_precision_of_an_autoencoder_has_its_column_and_a_baseline_only_one() -> None:
    conv, gaussian = read_models(["conv", "gaussian"])
    assert columns([conv, gaussian], ["float32", "int8"]) == [
        (conv, "float32"),
        (conv, "int8"),
        (gaussian, "float32"),
    ]
    rows = [row("conv", 1, 0.8), row("conv", 1, 0.7, precision="int8")]
    assert table(rows).splitlines()[0] == "| image AUROC | conv | conv, int8 |"
    assert table(rows).splitlines()[2] == "| bolts | 0.800 | 0.700 |"


def test_the_default_stands_beside_itself_with_equal_weights() -> None:
    models = {model.title: (model.name, model.options) for model in read_models(MODELS)}
    assert models["feature"] == ("feature", {})
    assert models["feature:even=1"] == ("feature", {"even": "1"})


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["missing"], "expected a folder of sets in MVTec layout, found missing; give one with DATA="),
        ([".", "--sets", "bolts"], "expected sets of . (), found bolts"),
        ([".", "--models", "convolution"], "found convolution"),
        ([".", "--models", "feature:places"], "written as model:option=value,option=value, found feature:places"),
    ],
)
def test_a_mistake_ends_with_one_sentence(
    arguments: list[str], why: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["detection", *arguments])
    with pytest.raises(SystemExit, match=r"^bench-detection: ") as ended:
        main()
    assert why in str(ended.value)
