from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from rich.console import Console

from service.scoring.input_spec import InputSpec
from tests.support.drawn_parts import draw_part, write_image
from training.autoencoders.base import Autoencoder, AutoencoderOptions
from training.autoencoders.conv import Conv, ConvOptions
from training.autoencoders.scoring_graph import ScoringGraph, scaled
from training.backend.litert import runner
from training.backend.tensors import Tensor
from training.data.folder import find_layout
from training.data.normal_set import scan
from training.data.preprocessed import preprocess_files
from training.progress import Progress
from training.trainer.export import export, verify

pytestmark = pytest.mark.filterwarnings(
    # keras 3.15 turns tensorflow 2.21 tensors into numpy 2 arrays in the old way
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)
QUIET = Progress(Console(quiet=True))


class Mean(Autoencoder[AutoencoderOptions]):
    """Reproduces each image's mean colour: simple enough to know every error."""

    def build(self) -> keras.Model:
        pixels = keras.Input((self.spec.height, self.spec.width, self.spec.channels))
        mean = keras.layers.GlobalAveragePooling2D(keepdims=True)(pixels)
        return keras.Model(pixels, keras.layers.UpSampling2D((self.spec.height, self.spec.width))(mean))


class HalfFeatures(Mean):
    """Its target is no image: the brightness at half the resolution."""

    def target(self, images: Tensor) -> Tensor:
        return tf.nn.avg_pool2d(tf.reduce_mean(images, axis=-1, keepdims=True), 2, 2, "SAME")

    def build(self) -> keras.Model:
        features = keras.Input((self.spec.height // 2, self.spec.width // 2, 1))
        return keras.Model(features, keras.layers.Rescaling(0.5)(features))

    gives_images = False


def graph_of(autoencoder: Autoencoder[Any]) -> ScoringGraph:
    return ScoringGraph(autoencoder, autoencoder.build())


def plate(side: int = 64, spot: int | None = None) -> np.ndarray:
    image = np.full((side, side, 3), 100, np.uint8)
    if spot is not None:
        image[8:16, 40:48] = spot
    return image


def test_a_spot_is_anomalous_where_it_is() -> None:
    spec = InputSpec(height=64, width=64, channels=3)
    found = graph_of(Mean(AutoencoderOptions(), spec))(tf.constant([plate(), plate(spot=250)]))
    scores, maps = found["score"].numpy(), found["anomaly_map"].numpy()
    assert scores[0] == pytest.approx(0.0, abs=1e-9)
    assert scores[1] == pytest.approx(((250 - plate(spot=250).mean()) / 255) ** 2, rel=0.05)
    peak = np.unravel_index(maps[1].argmax(), maps[1].shape)
    assert 8 <= peak[0] < 16
    assert 40 <= peak[1] < 48


def test_positions_where_normals_always_differ_count_less(tmp_path: Path) -> None:
    for i in range(20):
        image = plate(64)
        image[40:56, 8:24] = 50 + 8 * i
        write_image(tmp_path / f"{i}.png", image)
    spec = InputSpec(height=64, width=64, channels=3)
    images = preprocess_files(scan(find_layout(tmp_path), QUIET).images, spec, tmp_path, "normal", QUIET)
    plain = graph_of(Mean(AutoencoderOptions(), spec))
    usual = plate()
    usual[40:56, 8:24] = 180
    anomalous = plate(spot=160)
    before = [float(plain(tf.constant([image]))["score"][0]) for image in (usual, anomalous)]
    after = [float(scaled(plain, images)(tf.constant([image]))["score"][0]) for image in (usual, anomalous)]
    assert before[0] > before[1]
    assert after[0] < after[1]


def test_large_maps_are_pooled_down_to_64_a_side() -> None:
    spec = InputSpec(height=160, width=160, channels=1)
    found = graph_of(Mean(AutoencoderOptions(), spec))(tf.zeros([1, 160, 160, 1], tf.uint8))
    assert found["anomaly_map"].shape == (1, 54, 54)


@pytest.mark.parametrize(("side", "channels"), [(32, 1), (48, 3), (64, 3), (208, 1), (272, 3)])
def test_litert_says_what_tensorflow_says_for_any_image_size(side: int, channels: int) -> None:
    keras.utils.set_random_seed(1)
    spec = InputSpec(height=side, width=side, channels=channels)
    graph = graph_of(Conv(ConvOptions(width=4, widest=8), spec))
    flatbuffer = export(graph)
    images = np.random.default_rng(0).integers(0, 256, (3, side, side, channels), np.uint8)
    verify(flatbuffer, graph, images)
    found = runner(flatbuffer)(images)
    np.testing.assert_allclose(found["score"], graph(tf.constant(images))["score"], rtol=1e-3)
    assert found["anomaly_map"].dtype == np.float32


def test_a_graph_that_says_otherwise_is_never_exported_silently() -> None:
    keras.utils.set_random_seed(1)
    spec = InputSpec(height=32, width=32, channels=1)
    graph, other = (graph_of(Conv(ConvOptions(width=4, widest=8), spec)) for _ in range(2))
    images = np.random.default_rng(0).integers(0, 256, (1, 32, 32, 1), np.uint8)
    with pytest.raises(RuntimeError, match="expected LiteRT to agree"):
        verify(export(graph), other, images)


def test_an_autoencoder_of_features_ends_in_the_same_contract() -> None:
    spec = InputSpec(height=64, width=64, channels=3)
    graph = graph_of(HalfFeatures(AutoencoderOptions(), spec))
    image = draw_part(1)[np.newaxis]
    out = runner(export(graph))(image)
    assert out["anomaly_map"].shape == (1, 32, 32)
    assert graph.reconstruction(tf.constant(image)) is None


def test_the_code_of_conv_is_narrower_than_the_image() -> None:
    for side in (64, 96, 208, 256, 400):
        spec = InputSpec(height=side, width=side, channels=3)
        network = Conv(ConvOptions(), spec).build()
        code = min(int(np.prod(layer.output.shape[1:])) for layer in network.layers)
        assert code < np.prod(network.input_shape[1:]) / 3
        assert network.output_shape == network.input_shape
