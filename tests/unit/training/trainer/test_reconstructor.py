import numpy as np
import pytest

from tests.support.tiny_training import SIDE, SPEC, tiny_parts
from training.autoencoders.base import Autoencoder
from training.autoencoders.conv import Conv, ConvOptions
from training.autoencoders.registry import find
from training.autoencoders.scoring_graph import ScoringGraph
from training.backend.tensors import Tensor
from training.trainer.reconstructor import GraphReconstructor

pytestmark = pytest.mark.filterwarnings(
    # keras 3.15 turns tensorflow 2.21 tensors into numpy 2 arrays in the old way
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)


class OfFeatures(Conv):
    """Its reconstruction is no image."""

    def picture(self, reconstruction: Tensor) -> Tensor | None:  # noqa: ARG002 - whatever it is
        return None


def views_of(autoencoder: Autoencoder[ConvOptions]) -> GraphReconstructor:
    return GraphReconstructor(ScoringGraph(autoencoder, autoencoder.build()), seed=0)


def test_an_autoencoder_of_pixels_shows_reconstructions_and_decoded_codes() -> None:
    views = views_of(Conv(ConvOptions(code="vector", latent=4, width=4, widest=8), SPEC))
    made = views.reconstruct(tiny_parts(1)[0])
    assert made is not None
    assert made.shape == (SIDE, SIDE, 3)
    decoded = views.decode(np.zeros((5, 4), np.float32))
    assert decoded is not None
    assert decoded.shape == (5, SIDE, SIDE, 3)
    assert views.restore(tiny_parts(1)[0]) is None, "it is trained on what it is to give"


def test_a_denoising_one_shows_what_it_sees_in_training() -> None:
    denoising = find("denoising")
    views = views_of(denoising(denoising.options_type(), SPEC))
    image = tiny_parts(1)[0]
    pair = views.restore(image)
    assert pair is not None
    corrupted, restored = pair
    assert np.abs(corrupted.astype(int) - image).mean() > 5
    assert restored.shape == image.shape
    again = views.restore(image)
    assert again is not None
    assert (again[0] == corrupted).all(), "the same report twice"


def test_an_autoencoder_of_features_shows_no_images() -> None:
    views = views_of(OfFeatures(ConvOptions(code="vector", latent=4, width=4, widest=8), SPEC))
    assert views.reconstruct(tiny_parts(1)[0]) is None
    assert views.decode(np.zeros((2, 4), np.float32)) is None
