from typing import Any

import numpy as np
import pytest

from tests.support.tiny_training import QUIET, autoencoder_of, share_of, tiny_parts
from training.backend.quiet import load_tensorflow
from training.errors import TrainingError
from training.trainer.fitting import fit_network
from training.trainer.targets import Made

pytestmark = pytest.mark.filterwarnings(
    # keras 3.15 turns tensorflow 2.21 tensors into numpy 2 arrays in the old way
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)


TINY: dict[str, Any] = {"epochs": 2, "steps": 2, "batch_size": 8, "width": 4, "widest": 8, "latent": 3}


def test_a_network_is_trained_from_the_seed_whatever_was_drawn_before() -> None:
    pixels = tiny_parts(8)
    weights = []
    for _ in range(2):
        autoencoder = autoencoder_of("conv", TINY)
        network, _ = fit_network(autoencoder, share_of(pixels, pixels[:4]), Made(autoencoder), 3, QUIET)
        weights.append(network.get_weights())
    for once, again in zip(*weights, strict=True):
        np.testing.assert_array_equal(once, again)


def test_a_loss_that_is_no_longer_a_number_is_told_in_one_sentence_alone(capfd: pytest.CaptureFixture[str]) -> None:
    load_tensorflow()
    pixels = tiny_parts(8)
    autoencoder = autoencoder_of("conv", {**TINY, "learning_rate": 1e30})
    with pytest.raises(TrainingError, match="no longer a number; fit again with a learning_rate below 1e\\+30"):
        fit_network(autoencoder, share_of(pixels, pixels[:4]), Made(autoencoder), 3, QUIET)
    assert capfd.readouterr().out == ""
