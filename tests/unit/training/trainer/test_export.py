from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from service.scoring.input_spec import Tiles
from tests.support.tiny_training import SIDE, SPEC, tiny_parts
from training.autoencoders.registry import find
from training.autoencoders.scoring_graph import ScoringGraph
from training.backend.litert import runner
from training.trainer.export import export, export_decoder, export_reconstruction, verify

pytestmark = pytest.mark.filterwarnings(
    # keras 3.15 turns tensorflow 2.21 tensors into numpy 2 arrays in the old way
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)


def graph_of(name: str, **options: Any) -> ScoringGraph:
    keras.utils.set_random_seed(1)
    autoencoder = find(name)(find(name).options_type.model_validate(options), SPEC)
    return ScoringGraph(autoencoder, autoencoder.build())


@pytest.mark.parametrize(
    ("name", "options", "size"), [("vae", {"latent": 2, "width": 4}, 2), ("conv", {"latent": 3, "width": 4}, 192)]
)
def test_the_graph_gives_the_latent_and_the_decoder_makes_images_of_it_as_tensorflow_does(
    name: str, options: dict[str, Any], size: int
) -> None:
    graph, images = graph_of(name, **options), tiny_parts(3)
    flatbuffer = export(graph)
    verify(flatbuffer, graph, images)
    codes = runner(flatbuffer)(images)["code"]
    assert codes.shape == (3, size)
    assert codes.dtype == np.float32
    decoder = export_decoder(graph, size)
    assert decoder is not None
    made = Interpreter(model_content=decoder).get_signature_runner()(code=codes)["image"]
    assert made.shape == (3, SIDE, SIDE, 3)
    expected = graph.reconstruction(tf.constant(images))
    assert expected is not None
    np.testing.assert_allclose(made, np.clip(expected.numpy(), 0.0, 1.0), atol=1e-4)


def test_an_autoencoder_without_a_latent_has_no_decoder_and_the_graph_no_latent() -> None:
    graph = graph_of("unet", width=4)
    found = runner(export(graph))(tiny_parts(1))
    assert sorted(found) == ["anomaly_map", "score"]
    assert export_decoder(graph, None) is None


def test_where_no_decoder_gives_the_reconstruction_it_has_a_graph() -> None:
    graph, images = graph_of("unet", width=4, finest=16), tiny_parts(1)
    flatbuffer = export_reconstruction(graph, None)
    assert flatbuffer is not None
    expected = graph.reconstruction(tf.constant(images))
    assert expected is not None
    np.testing.assert_allclose(runner(flatbuffer)(images)["image"], np.clip(expected.numpy(), 0.0, 1.0), atol=1e-4)


def test_a_decoder_spares_the_graph_of_the_reconstruction_and_features_have_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert export_reconstruction(graph_of("conv", width=4), b"a decoder") is None
    graph = graph_of("unet", width=4)
    monkeypatch.setattr(type(graph.autoencoder), "gives_images", False)
    assert export_reconstruction(graph, None) is None


def test_the_reconstruction_of_tiles_is_one_image() -> None:
    keras.utils.set_random_seed(1)
    spec = SPEC.model_copy(update={"width": 2 * SIDE, "tiles": Tiles(rows=1, columns=2)})
    autoencoder = find("unet")(find("unet").options_type.model_validate({"width": 4}), spec)
    graph, tiles = ScoringGraph(autoencoder, autoencoder.build()), tiny_parts(2)
    flatbuffer = export_reconstruction(graph, None)
    assert flatbuffer is not None
    found = Interpreter(model_content=flatbuffer).get_signature_runner()(images=tiles)
    expected = graph.reconstruction(tf.constant(tiles))
    assert expected is not None
    side_by_side = np.concatenate(list(np.clip(expected.numpy(), 0.0, 1.0)), axis=1)[np.newaxis]
    np.testing.assert_allclose(found["image"], side_by_side, atol=1e-4)
