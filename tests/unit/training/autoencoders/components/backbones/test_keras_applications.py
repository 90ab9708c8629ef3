"""Networks of keras.applications as backbones, with random weights: those trained on ImageNet would be downloaded."""

import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras.src.backend import config

from tests.support.tiny_training import SIDE, SPEC, tiny_parts
from training.autoencoders.components.backbones import keras_applications
from training.autoencoders.components.backbones.base import STRIDES, all_stages
from training.autoencoders.components.backbones.choice import Application
from training.autoencoders.components.backbones.factory import load_backbone
from training.autoencoders.components.feature_options import FeatureOptions
from training.autoencoders.feature import Feature
from training.autoencoders.scoring_graph import ScoringGraph
from training.backend.delegation import check_delegation
from training.errors import TrainingError
from training.trainer.export import export, verify

pytestmark = pytest.mark.filterwarnings(
    # keras 3.15 turns tensorflow 2.21 tensors into numpy 2 arrays in the old way
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)


@pytest.fixture
def untrained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras_applications, "WEIGHTS", None)


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No download has been made, and every connection is refused."""
    monkeypatch.setattr(config, "_KERAS_DIR", str(tmp_path))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    monkeypatch.setattr(urllib.request, "_opener", None)  # one made earlier would go on without the proxy


@pytest.fixture
def quiet_keras() -> Iterator[None]:
    """Keras prints nothing of its own accord, as after `load_tensorflow`."""
    shown = keras.config.is_interactive_logging_enabled()
    keras.config.disable_interactive_logging()
    yield
    if shown:
        keras.config.enable_interactive_logging()


@pytest.mark.usefixtures("untrained")
@pytest.mark.parametrize(
    ("name", "channels"),
    [
        ("mobilenet_v2", (16, 24, 32, 64, 96, 160, 320)),
        ("efficientnet_b0", (16, 24, 40, 80, 112, 192, 320)),
        ("efficientnet_b4", (24, 32, 56, 112, 160, 272, 448)),
    ],
)
def test_each_stage_has_its_stride_and_channels(name: Application, channels: tuple[int, ...]) -> None:
    height, width = 48, 80
    backbone = load_backbone(name, height, width)
    stages = all_stages(backbone, tf.zeros((2, height, width, 1)))
    assert backbone.channels == channels
    assert {number: tuple(features.shape) for number, features in stages.items()} == {
        number: (2, -(-height // stride), -(-width // stride), channels[number - 1])
        for number, stride in enumerate(STRIDES, start=1)
    }


@pytest.mark.usefixtures("untrained")
@pytest.mark.parametrize("last", [1, 4])
def test_only_stages_that_are_asked_for_are_computed(last: int) -> None:
    backbone = load_backbone("mobilenet_v2", SIDE, SIDE)
    images = tf.constant(tiny_parts(1), tf.float32) / 255.0
    found, all_of_them = all_stages(backbone, images, last), all_stages(backbone, images)
    assert [*found] == [*range(1, last + 1)]
    for stage, features in found.items():
        np.testing.assert_allclose(features, all_of_them[stage], atol=1e-5)


@pytest.mark.parametrize(("name", "low", "high"), [("mobilenet_v2", -1.0, 1.0), ("efficientnet_b0", 0.0, 255.0)])
def test_pixels_enter_as_the_network_was_trained(name: Application, low: float, high: float) -> None:
    known = keras_applications.KNOWN[name]
    network = known.build(include_top=False, weights=None, input_shape=(SIDE, SIDE, 3))
    images = tf.constant(tiny_parts(2), tf.float32) / 255.0
    first_stage = keras.Model(network.inputs, network.get_layer(known.ends[0]).output)
    np.testing.assert_allclose(
        keras_applications.KerasApplication(network, known).first(images),
        first_stage(low + (high - low) * images),
        rtol=1e-4,
        atol=1e-5,
    )


@pytest.mark.usefixtures("untrained")
@pytest.mark.parametrize("name", ["mobilenet_v2", "efficientnet_b0"])
def test_litert_scores_features_of_another_backbone_as_tensorflow_does(name: Application) -> None:
    images = tiny_parts(4)
    options = FeatureOptions(backbone=name, width=8, latent=4, whitened=False)
    autoencoder = Feature(options, SPEC)
    autoencoder.fit_statistics(images)
    graph = ScoringGraph(autoencoder, autoencoder.build())
    flatbuffer = export(graph)
    verify(flatbuffer, graph, images)
    assert check_delegation(flatbuffer) == ""


@pytest.mark.usefixtures("offline", "quiet_keras")
@pytest.mark.parametrize("name", get_args(Application))
def test_weights_that_cannot_be_downloaded_are_said_in_one_sentence(
    name: Application, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(TrainingError, match=f"expected the weights of {name} from the Keras site") as refused:
        load_backbone(name, SIDE, SIDE)
    assert "Connection refused" in str(refused.value)
    assert str(refused.value).endswith("run once online so that they lie there, or use --backbone imagenet")
    printed = capsys.readouterr()
    assert printed.out == ""  # where results are printed
    assert "Downloading data from https://storage.googleapis.com/" in printed.err


@pytest.mark.usefixtures("offline", "quiet_keras")
def test_keras_is_quiet_again_once_the_download_has_ended() -> None:
    with pytest.raises(TrainingError):
        load_backbone("mobilenet_v2", SIDE, SIDE)
    assert not keras.config.is_interactive_logging_enabled()


@pytest.mark.usefixtures("offline")
def test_a_damaged_download_is_said_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(TrainingError):
        load_backbone("mobilenet_v2", SIDE, SIDE)  # makes the folder
    name = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5"
    (tmp_path / "models" / name).write_bytes(b"half a file")
    with pytest.raises(TrainingError, match="expected the weights of mobilenet_v2"):
        load_backbone("mobilenet_v2", SIDE, SIDE)
