from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from service.scoring.input_spec import InputSpec
from service.scoring.manifest import Precision
from tests.support.drawn_parts import write_image
from tests.support.tiny_training import QUIET, fit_tiny, tiny_parts
from training.autoencoders.components.feature_options import FeatureOptions
from training.autoencoders.components.speeds import SPEEDS, Speed
from training.autoencoders.feature import Feature
from training.autoencoders.registry import checked_options
from training.backend.litert import runner
from training.data.folder import find_layout
from training.data.normal_set import scan
from training.data.split import split_normal_set
from training.errors import TrainingError
from training.trainer.trainer import train_graph

pytestmark = pytest.mark.filterwarnings(
    # keras 3.15 turns tensorflow 2.21 tensors into numpy 2 arrays in the old way
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)

SIDE = 64
SPEC = InputSpec(height=SIDE, width=SIDE, channels=3)
TINY: dict[str, Any] = {
    "epochs": 2,
    "steps": 4,
    "batch_size": 8,
    "width": 16,
    "latent": 8,
    "rank": 4,
    "copies": 1,
    "place_rank": 4,
}


def feature(**options: Any) -> Feature:
    return Feature(FeatureOptions.model_validate(TINY | options), SPEC)


@pytest.mark.parametrize(("speed", "precision"), [("balanced", "float32"), ("fast", "int8"), ("accurate", "int8")])
def test_at_each_speed_it_learns_exports_and_finds_a_defect(speed: Speed, precision: Precision, tmp_path: Path) -> None:
    for number, part in enumerate(tiny_parts(40, side=SIDE)):
        write_image(tmp_path / f"{number}.png", part)
    parts = split_normal_set(scan(find_layout(tmp_path), QUIET).images, 0.2, seed=0)
    options = FeatureOptions.model_validate({**SPEEDS[speed].options, **TINY})
    learned = train_graph(Feature(options, SPEC, precision), parts, 0, QUIET)  # checks that LiteRT agrees
    run = runner(learned.graph)
    normal = run(tiny_parts(8, first=1000, side=SIDE))["score"]
    found = run(tiny_parts(8, first=2000, defect="scratch", side=SIDE))
    assert np.median(found["score"]) > normal.max()
    assert found["anomaly_map"].shape == (8, 16, 16)
    assert learned.code_size == 2 * 2 * 8
    assert learned.decoder is None


def test_the_target_is_standardised_over_the_fit_images() -> None:
    autoencoder = feature(backbone="random")
    images = tiny_parts(12, side=SIDE)
    fit_tiny(autoencoder, images)
    target = autoencoder.target(tf.constant(images, tf.float32) / 255.0).numpy().reshape(-1, 80 + 112)
    np.testing.assert_allclose(target.mean(0), 0.0, atol=1e-2)
    np.testing.assert_allclose(target.std(0), 1.0, atol=5e-2)


def test_corruption_adds_noise_and_hides_whole_channels() -> None:
    target = tf.ones((2, 8, 8, 200))
    corrupted = (
        feature(backbone="random", noise=0.1, dropout=0.5).corrupt(target, tf.constant([0, 1], tf.int64)).numpy()
    )
    hidden = (corrupted == 0.0).all(axis=(1, 2))
    assert 0.3 < hidden.mean() < 0.7
    shown = corrupted.transpose(0, 3, 1, 2)[~hidden] / 2.0
    assert shown.mean() == pytest.approx(1.0, abs=0.02)
    assert shown.std() == pytest.approx(0.1, abs=0.02)


@pytest.mark.parametrize("wrong", [{"maps": ["place8"]}, {"maps": []}, {"backbone": "resnet"}, {"shrinkage": 0.0}])
def test_a_wrong_option_is_refused_in_one_sentence(wrong: dict[str, Any]) -> None:
    with pytest.raises(TrainingError, match=f"found {next(iter(wrong))}"):
        checked_options("feature", wrong)


def test_several_values_of_an_option_are_joined_by_plus_signs() -> None:
    found = checked_options("feature", {"maps": "place2+anywhere6"}).model_dump()
    assert found["maps"] == ("place2", "anywhere6")


def test_maps_are_weighted_as_they_were_elsewhere_if_that_is_given() -> None:
    autoencoder = feature(backbone="random")
    parts = tiny_parts(12, side=SIDE)
    autoencoder.fit_statistics(parts)
    autoencoder.map_weights = [0.25, 0.75]
    network = autoencoder.build()
    autoencoder.finish(network, parts[:8], parts[8:])
    target = autoencoder.target(tf.constant(parts[:1], tf.float32) / 255.0)
    place, anywhere = autoencoder.maps(target, network(target)).values()
    expected = autoencoder.to_map(0.25 * place + 0.75 * anywhere)
    np.testing.assert_allclose(autoencoder.error(target, network(target)), expected, rtol=1e-5)
    assert autoencoder.map_worths() == ()  # they were not tried here
