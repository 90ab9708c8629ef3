from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from service.scoring.graph import Graph
from tests.support.drawn_parts import write_image
from tests.support.tiny_training import QUIET, SPEC, autoencoder_of, tiny_parts
from training.data.folder import find_layout
from training.data.normal_set import scan
from training.data.split import Split, split_normal_set
from training.errors import TrainingError
from training.trainer.result import Trained
from training.trainer.trainer import train_graph

pytestmark = pytest.mark.filterwarnings(
    # keras 3.15 turns tensorflow 2.21 tensors into numpy 2 arrays in the old way
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)

TINY: dict[str, Any] = {"epochs": 2, "steps": 2, "batch_size": 8, "width": 4, "widest": 8, "latent": 3}


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Split:
    folder = tmp_path_factory.mktemp("parts")
    for number, part in enumerate(tiny_parts(24)):
        write_image(folder / f"{number}.png", part)
    return split_normal_set(scan(find_layout(folder), QUIET).images, 0.2, seed=0)


@pytest.fixture(scope="module")
def alone(parts: Split) -> Trained:
    """Of all parts, without folds."""
    return train_graph(autoencoder_of("conv", TINY), parts, 1, QUIET)


def test_what_is_trained_runs_as_a_graph_and_is_described_as_it_is(alone: Trained) -> None:
    images = tiny_parts(2)
    found = Graph(alone.graph, SPEC).run(images[0])
    assert found.latent is not None
    assert (alone.code_size, len(alone.history.loss)) == (len(found.latent), 2)
    assert alone.decoder is not None
    decoded = Interpreter(model_content=alone.decoder).get_signature_runner()(code=found.latent[np.newaxis])["image"]
    shown = alone.reconstructor.reconstruct(images[0])
    assert shown is not None
    np.testing.assert_allclose(np.round(decoded[0] * 255.0), shown, atol=1.0)
    assert alone.parameters == autoencoder_of("conv", TINY).build().count_params()


def test_the_same_seed_gives_the_same_scores_and_another_others(parts: Split, alone: Trained) -> None:
    image = tiny_parts(1)[0]
    same, other = (train_graph(autoencoder_of("conv", TINY), parts, seed, QUIET) for seed in (1, 2))
    scores = [Graph(each.graph, SPEC).run(image).score for each in (alone, same, other)]
    assert scores[0] == scores[1] != scores[2]


def test_a_fold_has_a_graph_of_its_own_and_the_whole_is_as_without_folds(parts: Split, alone: Trained) -> None:
    whole = replace(parts, folds=(parts,), wider=parts)
    found = train_graph(autoencoder_of("conv", TINY), whole, 1, QUIET)
    image = tiny_parts(1)[0]
    scores = [Graph(graph, SPEC).run(image).score for graph in (alone.graph, found.graph, *found.folds)]
    assert scores == pytest.approx([scores[0]] * 3)  # the fold has the same images here
    assert alone.folds == ()


def test_a_fold_learns_from_its_own_images_alone(parts: Split) -> None:
    fewer = replace(parts, fit=parts.fit[: len(parts.fit) // 2])
    found = train_graph(autoencoder_of("conv", TINY), replace(parts, folds=(fewer,), wider=fewer), 1, QUIET)
    of_fewer = train_graph(autoencoder_of("conv", TINY), fewer, 1, QUIET)
    image = tiny_parts(1)[0]
    whole, fold, same = (Graph(graph, SPEC).run(image).score for graph in (found.graph, found.folds[0], of_fewer.graph))
    assert fold == pytest.approx(same)
    assert fold != pytest.approx(whole)


def test_int8_without_convolutions_is_refused_before_anything_is_trained(
    parts: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.trainer.trainer.fit_graph", lambda *_: pytest.fail("it was trained"))
    with pytest.raises(TrainingError, match="expected an autoencoder with convolutions for --precision int8"):
        train_graph(autoencoder_of("dense", {"width": 8, "latent": 2}, "int8"), parts, 0, QUIET)
