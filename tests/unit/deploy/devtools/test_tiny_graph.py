"""The graph of the tiny bundle: its scores are known for any image."""

import numpy as np
import pytest

from deploy.devtools.tiny_graph import brightness_graph
from service.scoring.graph import Graph
from service.scoring.image import ImageRejected
from service.scoring.input_spec import InputSpec


@pytest.mark.parametrize("channels", [1, 3])
def test_score_is_the_brightest_place_and_map_the_brightness_of_each(channels: int) -> None:
    graph = Graph(brightness_graph(channels, 2.0, 16), InputSpec(height=16, width=16, channels=channels))
    image = np.random.default_rng(0).integers(0, 256, (16, 16, channels), np.uint8)
    prediction = graph.run(image)
    brightness = 2.0 * image.mean(axis=-1, dtype=np.float64) / 255.0
    np.testing.assert_allclose(prediction.anomaly_map, brightness, rtol=1e-6)
    assert prediction.score == prediction.anomaly_map.max()


def test_score_of_what_blinds_it_is_no_number() -> None:
    graph = Graph(brightness_graph(1, 1.0, 16, blinded_above=0.8), InputSpec(height=16, width=16, channels=1))
    assert graph.run(np.full((16, 16, 1), 200, np.uint8)).score == pytest.approx(200 / 255)
    with pytest.raises(ImageRejected, match="not finite"):
        graph.run(np.full((16, 16, 1), 210, np.uint8))
