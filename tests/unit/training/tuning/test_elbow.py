from pathlib import Path

import numpy as np
import pytest

from tests.support.tiny_training import QUIET, SPEC, share_of, tiny_parts
from training.errors import TrainingError
from training.tuning.elbow import elbow, knee, mean_loss
from training.tuning.trials import Trials, TrialsRequest

pytestmark = pytest.mark.filterwarnings(
    # keras 3.15 turns tensorflow 2.21 tensors into numpy 2 arrays in the old way
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)


def trials_of(autoencoder: str, **options: str) -> Trials:
    request = TrialsRequest(Path(), autoencoder, {"epochs": "2", "steps": "4", "width": "16", **options})
    return Trials(request, "0" * 64, SPEC, share_of(tiny_parts(12), tiny_parts(4, first=100)))


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        ([1.0, 0.2, 0.1, 0.0], 4),
        ([1.0, 0.9, 0.1, 0.0], 8),
        ([4.0, 3.0, 2.0, 1.0], None),  # falls evenly
        ([1.0, 0.9, 0.8, 0.0], None),  # bends the other way
        ([1.0, 0.5, 0.9, 1.0], None),  # does not fall
    ],
)
def test_the_knee_is_where_more_gains_least(errors: list[float], expected: int | None) -> None:
    assert knee([2, 4, 8, 16], errors) == expected


def test_two_sizes_have_no_knee() -> None:
    assert knee([2, 4], [1.0, 0.0]) is None


def test_each_size_is_fitted_once_in_ascending_order() -> None:
    trials = trials_of("dense")
    found = elbow(trials, [4, 2, 4], QUIET)
    assert found.latents == (2, 4)
    alone = mean_loss(*trials.fit_network({"latent": 4}), trials.validation)
    assert found.errors[1] == pytest.approx(alone, rel=1e-5)


def test_the_error_is_the_mean_over_images_and_pixels() -> None:
    trials = trials_of("dense")
    autoencoder, network = trials.fit_network({"latent": 2})
    images = trials.validation[:4].astype(np.float32) / 255.0
    made = network(images, training=False).numpy()
    assert mean_loss(autoencoder, network, trials.validation) == pytest.approx(np.square(images - made).mean())


def test_the_error_of_features_is_that_of_reproducing_them() -> None:
    trials = trials_of("feature", backbone="random", maps="anywhere2+anywhere3")
    autoencoder, network = trials.fit_network({"latent": 2})
    before = mean_loss(autoencoder, network, trials.validation)
    last = network.layers[-1]
    last.set_weights([np.zeros_like(weight) for weight in last.get_weights()])  # now it reproduces nothing
    target = autoencoder.target(trials.validation[:4].astype(np.float32) / 255.0).numpy()
    assert mean_loss(autoencoder, network, trials.validation) == pytest.approx(np.square(target).mean(), rel=1e-5)
    assert before < np.square(target).mean()


def test_an_autoencoder_without_a_latent_size_is_refused() -> None:
    with pytest.raises(TrainingError, match="expected an autoencoder whose latent has a size"):
        elbow(trials_of("unet"), [2, 4], QUIET)
