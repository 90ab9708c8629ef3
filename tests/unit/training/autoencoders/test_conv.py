from typing import Any

import keras
import numpy as np
import pytest

from service.scoring.input_spec import InputSpec
from tests.support.tiny_training import SPEC, fit_tiny, tiny_parts
from training.autoencoders.base import CODE
from training.autoencoders.conv import Conv, ConvOptions

pytestmark = pytest.mark.filterwarnings(
    # keras 3.15 turns tensorflow 2.21 tensors into numpy 2 arrays in the old way
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)

SMALL = {"width": 4, "widest": 8, "latent": 2}


def kinds(**options: Any) -> list[str]:
    network = Conv(ConvOptions.model_validate(SMALL | options), SPEC).build()
    return [type(layer).__name__ for layer in network.layers]


@pytest.mark.parametrize("side", [28, 64])
def test_the_preset_has_a_code_of_ten_numbers_for_any_size(side: int) -> None:
    spec = InputSpec(height=side, width=side, channels=1)
    network = Conv(ConvOptions(preset="stride2-10"), spec).build()
    assert network.get_layer(CODE).output.shape == (None, 10)
    assert network.output_shape == (None, side, side, 1)


def test_options_add_their_layers() -> None:
    assert "Add" in kinds(residual=True)
    assert "SpatialDropout2D" in kinds(dropout=0.2)
    assert not {"Add", "SpatialDropout2D"} & set(kinds())


def test_decay_of_the_kernels_adds_to_the_loss() -> None:
    keras.utils.set_random_seed(0)
    network = Conv(ConvOptions.model_validate(SMALL | {"l2": 0.1}), SPEC).build()
    kernels = [weight for weight in network.get_weights() if weight.ndim == 4]
    assert float(sum(network.losses)) == pytest.approx(0.1 * sum(np.square(each).sum() for each in kernels), rel=1e-4)


def test_with_cross_entropy_reconstructions_stay_in_range() -> None:
    network = Conv(ConvOptions.model_validate(SMALL | {"loss": "bce"}), SPEC).build()
    made = network(tiny_parts(1).astype(np.float32) * 100.0).numpy()
    assert made.min() >= 0.0
    assert made.max() <= 1.0


def test_training_on_smaller_images_first_hands_on_the_weights() -> None:
    options = ConvOptions.model_validate(SMALL | {"progressive": 2, "epochs": 1, "steps": 5, "batch_size": 4})
    autoencoder = Conv(options, SPEC)
    assert [each.build().input_shape for each in autoencoder.coarse_stages()] == [(None, 8, 8, 3), (None, 16, 16, 3)]
    parts = tiny_parts(16)
    _, grown = fit_tiny(autoencoder, parts)
    _, plain = fit_tiny(Conv(options.model_copy(update={"progressive": 0}), SPEC), parts)
    assert grown.loss[0] < plain.loss[0]
