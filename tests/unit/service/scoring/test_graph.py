"""Running graphs without a bundle."""

from contextlib import suppress

import numpy as np
import pytest

from service.scoring.graph import Graph, GraphError
from service.scoring.image import Decoded, ImageLimits, ImageRejected, Reason
from service.scoring.input_spec import InputSpec
from service.scoring.preprocessing import preprocess
from tests.support.bundles import SIDE, brightness_graph, part, png
from tests.support.latents import colour_graphs, plain
from tests.support.odd_graphs import BLINDED, NEVER_GOOD, odd_graph

SPEC = InputSpec(height=SIDE, width=SIDE, channels=3)
LIMITS = ImageLimits()


@pytest.fixture
def graph() -> Graph:
    return Graph(brightness_graph(3, 1.0), SPEC)


def test_a_graph_scores_an_image_and_maps_where(graph: Graph) -> None:
    prediction = graph.run(part(51, 204))
    assert round(prediction.score, 4) == 0.8
    assert prediction.anomaly_map.shape == (SIDE, SIDE)
    assert prediction.anomaly_map.dtype == np.float32


def test_a_score_does_not_depend_on_the_images_before(graph: Graph) -> None:
    images = [part(level, seed=level) for level in range(0, 120, 7)]
    backwards = [graph.run(image).score for image in reversed(images)]
    assert [graph.run(image).score for image in images] == backwards[::-1]


def test_maps_of_earlier_images_stay_as_they_were(graph: Graph) -> None:
    first = graph.run(part(51))
    graph.run(part(204))
    assert round(float(first.anomaly_map.max()), 4) == 0.2


def test_a_graph_with_a_latent_gives_it_and_one_without_gives_none(graph: Graph) -> None:
    latent = Graph(colour_graphs()[0], SPEC).run(plain(255, 51)).latent
    assert latent is not None
    assert latent.tolist() == pytest.approx([1.0, 0.2], abs=1e-4)
    assert graph.run(part(51)).latent is None


def test_an_encoded_image_is_decoded_preprocessed_and_scored(graph: Graph) -> None:
    image = part(51, 204, side=2 * SIDE)
    found = graph.score_encoded(png(image), LIMITS)
    assert np.array_equal(found.pixels, preprocess(image, SPEC))
    assert found.prediction.score == graph.run(found.pixels).score
    assert found.size == (2 * SIDE, 2 * SIDE)


def test_the_size_is_the_original_height_and_width_of_a_mono_image(graph: Graph) -> None:
    assert graph.score_decoded(Decoded.whole(np.full((20, 48), 51, np.uint8))).size == (20, 48)


def test_an_encoded_image_beyond_the_limits_is_rejected(graph: Graph) -> None:
    with pytest.raises(ImageRejected) as rejected:
        graph.score_encoded(png(part(51)), ImageLimits(max_pixels=SIDE * SIDE - 1))
    assert rejected.value.reason is Reason.TOO_LARGE


def test_bytes_that_are_no_graph_are_refused() -> None:
    with pytest.raises(GraphError, match="cannot be loaded"):
        Graph(b"nonsense", SPEC)


def test_a_graph_of_another_input_is_refused() -> None:
    with pytest.raises(
        GraphError, match=r"expected a graph from images \[32, 32, 1\].*found one from images \[32, 32, 3\]"
    ):
        Graph(brightness_graph(3, 1.0), SPEC.model_copy(update={"channels": 1}))


@pytest.mark.parametrize("kind", BLINDED)
def test_an_image_without_finite_numbers_is_rejected_and_the_next_one_scored(kind: str) -> None:
    graph = Graph(odd_graph(kind), SPEC, name="bundle 0123456789abcdef")
    before = graph.run(part(51)).score
    with pytest.raises(ImageRejected, match="finite score and anomaly map from bundle 0123456789abcdef") as rejected:
        graph.run(part(51, 204))
    assert rejected.value.reason is Reason.UNSCORABLE
    assert graph.run(part(51)).score == before


@pytest.mark.parametrize("kind", NEVER_GOOD)
def test_a_graph_with_other_inputs_or_outputs_is_refused_by_its_first_image_at_the_latest(kind: str) -> None:
    with pytest.raises((GraphError, ImageRejected), match=r"expected (a graph|one finite score) .*, found"):
        Graph(odd_graph(kind), SPEC).run(part(51))


def test_a_graph_without_a_signature_is_refused() -> None:
    import tensorflow as tf  # noqa: PLC0415 - slow

    network = tf.keras.Sequential([tf.keras.layers.Input((SIDE, SIDE, 3)), tf.keras.layers.Flatten()])
    concrete = tf.function(network).get_concrete_function(tf.TensorSpec([1, SIDE, SIDE, 3]))
    with pytest.raises(GraphError, match="expected a"):
        Graph(tf.lite.TFLiteConverter.from_concrete_functions([concrete]).convert(), SPEC)


def test_a_graph_that_is_cut_off_or_altered_anywhere_is_refused_or_runs() -> None:
    whole = brightness_graph(3, 1.0)
    random = np.random.default_rng(0)
    for _ in range(40):
        altered = bytearray(whole)
        for place in random.integers(0, len(whole), 3):
            altered[place] = random.integers(256)
        kept = random.integers(1, len(whole)) if random.random() < 0.3 else len(whole)
        with suppress(GraphError, ImageRejected):
            Graph(bytes(altered[:kept]), SPEC).run(part(9))
