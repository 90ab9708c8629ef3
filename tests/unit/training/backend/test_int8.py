from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from service.scoring.bundle import BundleStore
from service.scoring.scorer import Scorer
from tests.support.drawn_parts import SIDE as PART_SIDE
from tests.support.drawn_parts import draw_part, write_parts
from tests.support.fitted import fit_bundle
from tests.support.tiny_training import SPEC, autoencoder_of, fit_tiny, tiny_parts
from training.autoencoders.registry import find
from training.autoencoders.scoring_graph import ScoringGraph
from training.backend.int8 import check_convolutions, quantised
from training.backend.litert import runner
from training.errors import TrainingError
from training.trainer.export import export, verify_int8

pytestmark = pytest.mark.filterwarnings(
    # keras 3.15 turns tensorflow 2.21 tensors into numpy 2 arrays in the old way
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)


def types_into(flatbuffer: bytes, *operations: str) -> list[tuple[Any, Any]]:
    """Of each of these operations the types of its first two inputs: of convolutions what comes in, and the weights."""
    graph = Interpreter(model_content=flatbuffer)
    types = {tensor["index"]: tensor["dtype"] for tensor in graph.get_tensor_details()}
    operators = graph._get_ops_details()
    return [(types[op["inputs"][0]], types[op["inputs"][1]]) for op in operators if op["op_name"] in operations]


def convolution_types(flatbuffer: bytes) -> list[tuple[Any, Any]]:
    return types_into(flatbuffer, "CONV_2D")


def outputs(flatbuffer: bytes, images: Any) -> dict[str, Any]:
    found: dict[str, Any] = runner(flatbuffer)(images)
    return found


def graph_of(name: str, **options: Any) -> ScoringGraph:
    keras.utils.set_random_seed(1)
    autoencoder = find(name)(find(name).options_type.model_validate(options), SPEC)
    return ScoringGraph(autoencoder, autoencoder.build())


@pytest.mark.parametrize(
    ("name", "options"),
    [("conv", {"width": 4, "latent": 3}), ("unet", {"width": 4})],
)
def test_convolutions_have_weights_in_int8_and_everything_else_stays_as_it_was(
    name: str, options: dict[str, Any]
) -> None:
    exact = export(graph_of(name, **options))
    images = tiny_parts(8)
    flatbuffer = quantised(exact)
    types = convolution_types(flatbuffer)
    assert set(convolution_types(exact)) == {(np.float32, np.float32)}
    assert (len(types), set(types)) == (len(convolution_types(exact)), {(np.float32, np.int8)})
    assert set(types_into(flatbuffer, "DEPTHWISE_CONV_2D")) <= {(np.float32, np.float32)}
    found, expected = outputs(flatbuffer, images[:1]), outputs(exact, images[:1])
    described = {key: (value.shape, value.dtype) for key, value in found.items()}
    assert described == {key: (value.shape, value.dtype) for key, value in expected.items()}
    assert found["score"][0] == pytest.approx(expected["score"][0], rel=0.1)


def test_a_bundle_in_int8_passes_the_scorers_checks_and_separates_defects_from_normal_parts(tmp_path: Path) -> None:
    parts = write_parts(tmp_path / "data", normals=70, test_normals=3, defects_of_each=2)
    options = {"epochs": 4, "width": 8, "widest": 16}
    bundle_id = fit_bundle(parts.root, tmp_path / "store", options=options, false_alarm_rate=0.1, precision="int8")
    bundle = BundleStore(tmp_path / "store").bundle("default", bundle_id)
    assert bundle.manifest.autoencoder.precision == "int8"
    assert set(convolution_types(bundle.graph)) == {(np.float32, np.int8)}
    normals, defects = ([draw_part(900 + i, kind) for i in range(4)] for kind in (None, "stain"))
    assert normals[0].shape == (PART_SIDE, PART_SIDE, 3)
    scorer = Scorer(bundle)
    scores = [[scorer.run(image).score for image in images] for images in (normals, defects)]
    assert max(scores[0]) < min(scores[1])


def test_what_is_learnt_by_running_in_int8_is_what_the_exported_graph_computes() -> None:
    keras.utils.set_random_seed(1)
    autoencoder, images = autoencoder_of("conv", {"width": 4}, "int8"), tiny_parts(6)
    graph = ScoringGraph(autoencoder, autoencoder.build())
    found = autoencoder.compiled(lambda target: {"error": graph.smoothed_error(target)})(images[:2])["error"]
    exported = quantised(export(graph))
    np.testing.assert_allclose(found[1], outputs(exported, images[1:2])["anomaly_map"][0], rtol=1e-5)
    assert not np.allclose(found, graph.smoothed_error(graph.target(tf.constant(images[:2]))), rtol=1e-5)


def test_a_graph_that_says_something_else_of_the_images_is_refused_in_one_sentence() -> None:
    images = tiny_parts(24)
    autoencoder = find("conv")(find("conv").options_type.model_validate({"epochs": 6, "width": 8}), SPEC)
    network, _ = fit_tiny(autoencoder, images)
    exact = export(ScoringGraph(autoencoder, network))
    verify_int8(quantised(exact), exact, images)
    other = export(graph_of("conv", width=8))
    with pytest.raises(TrainingError, match=r"^expected the graph in int8 .* times its length .*--precision float32$"):
        verify_int8(quantised(other), exact, images)


def test_an_autoencoder_without_convolutions_is_refused_in_one_sentence() -> None:
    with pytest.raises(TrainingError, match=r"^expected an autoencoder with convolutions .* found one without"):
        check_convolutions(graph_of("dense", width=8, latent=2).network)
