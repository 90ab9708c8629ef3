import keras
import numpy as np
import tensorflow as tf

from tests.support.tiny_training import SPEC, tiny_parts
from training.autoencoders.base import Autoencoder, AutoencoderOptions
from training.autoencoders.scoring_graph import ScoringGraph
from training.backend.tensors import Tensor
from training.data.synthetic_defects import synthetic_defect_images
from training.tuning.objective import synthetic_defect_auroc


class MeanPart(Autoencoder[AutoencoderOptions]):
    """Its reconstruction of anything is the mean of some parts."""

    def build(self) -> keras.Model:
        pixels = keras.Input((SPEC.height, SPEC.width, SPEC.channels))
        return keras.Model(pixels, pixels)

    def reconstruct(self, network: keras.Model, target: Tensor) -> Tensor:  # noqa: ARG002 - needs none
        return tf.constant(tiny_parts(20).mean(axis=0, keepdims=True) / 255.0, tf.float32)


class Blind(MeanPart):
    """Finds everything equally anomalous."""

    def error(self, target: Tensor, reconstruction: Tensor) -> Tensor:  # noqa: ARG002 - whatever it is
        return tf.ones_like(target[..., 0])


def graph_of(autoencoder_type: type[MeanPart]) -> ScoringGraph:
    autoencoder = autoencoder_type(AutoencoderOptions(), SPEC)
    return ScoringGraph(autoencoder, autoencoder.build())


def test_what_sees_defects_is_worth_more_than_what_is_blind() -> None:
    normals = tiny_parts(10, first=100)
    assert synthetic_defect_auroc(graph_of(Blind), normals, seed=0) == 0.5
    assert 0.7 < synthetic_defect_auroc(graph_of(MeanPart), normals, seed=0) <= 1.0


def test_the_seed_decides_the_defects_and_every_image_gets_each_kind_and_size() -> None:
    normals = tiny_parts(3)
    first, again, other = (np.stack(list(synthetic_defect_images(normals, seed))) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert first.shape == (3, 16, 32, 32, 3)
    changed = (first != tiny_parts(3)[:, np.newaxis]).any(axis=(2, 3, 4))
    assert changed.mean() > 0.9, "a few of the smallest may fall between pixels"
