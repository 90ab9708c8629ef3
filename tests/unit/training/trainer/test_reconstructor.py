import numpy as np
import pytest

from tests.support.tiny_training import SIDE, SPEC, tiny_parts
from training.autoencoders.base import Autoencoder
from training.autoencoders.conv import Conv, ConvOptions
from training.autoencoders.registry import find
from training.autoencoders.scoring_graph import ScoringGraph
from training.trainer.reconstructor import GraphReconstructor

pytestmark = pytest.mark.filterwarnings(
    # keras 3.15 turns tensorflow 2.21 tensors into numpy 2 arrays in the old way
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)


class OfFeatures(Conv):
    """Its reconstruction is no image."""

    gives_images = False


def reconstructor_of(autoencoder: Autoencoder[ConvOptions]) -> GraphReconstructor:
    return GraphReconstructor(ScoringGraph(autoencoder, autoencoder.build()), seed=0)


def test_a_pixel_autoencoder_shows_reconstructions_and_decoded_latents() -> None:
    reconstructor = reconstructor_of(Conv(ConvOptions(code="vector", latent=4, width=4, widest=8), SPEC))
    made = reconstructor.reconstruct(tiny_parts(1)[0])
    assert made is not None
    assert made.shape == (SIDE, SIDE, 3)
    decoded = reconstructor.decode(np.zeros((5, 4), np.float32))
    assert decoded is not None
    assert decoded.shape == (5, SIDE, SIDE, 3)
    assert reconstructor.restore(tiny_parts(1)[0]) is None, "it is trained on what it is to give"


def test_a_denoising_one_shows_what_it_sees_in_training() -> None:
    denoising = find("denoising")
    reconstructor = reconstructor_of(denoising(denoising.options_type(), SPEC))
    image = tiny_parts(1)[0]
    pair = reconstructor.restore(image)
    assert pair is not None
    corrupted, restored = pair
    assert np.abs(corrupted.astype(int) - image).mean() > 5
    assert restored.shape == image.shape
    again = reconstructor.restore(image)
    assert again is not None
    assert (again[0] == corrupted).all(), "the same report twice"


def test_an_autoencoder_of_features_shows_no_images() -> None:
    reconstructor = reconstructor_of(OfFeatures(ConvOptions(code="vector", latent=4, width=4, widest=8), SPEC))
    assert reconstructor.reconstruct(tiny_parts(1)[0]) is None
    assert reconstructor.decode(np.zeros((2, 4), np.float32)) is None
