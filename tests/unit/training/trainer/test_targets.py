import numpy as np
import pytest
import tensorflow as tf

from tests.support.tiny_training import QUIET, autoencoder_of, tiny_parts
from tests.unit.training.trainer.test_target_cache import halves
from training.trainer.targets import Kept, Made, Share, targets_of

pytestmark = pytest.mark.filterwarnings(
    # keras 3.15 turns tensorflow 2.21 tensors into numpy 2 arrays in the old way
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)

MOMENT = tf.constant([0, 0], tf.int64)


def test_a_share_has_the_targets_of_its_own_images_alone() -> None:
    images = tiny_parts(6)
    share = Share(images, fit=np.array([1, 3, 5]), validation=np.array([4]))
    with targets_of(halves(), images, 0, QUIET) as source:
        assert isinstance(source, Kept)
        targets = source.of(share)
        assert (targets.images, targets.rows, targets.validation_rows) == (3, 9, 1)  # three copies of each
        unseen = targets.validation(tf.constant([0], tf.int64), MOMENT).numpy()
        np.testing.assert_allclose(unseen[0], images[4] / 510.0, atol=1e-3)
        copy_of_5 = targets.fit(tf.constant([5], tf.int64), MOMENT).numpy()
    own = np.abs(copy_of_5 - images[[1, 3, 5]] / 510.0).mean(axis=(1, 2, 3))
    assert own.argmin() == 2


def test_targets_that_cost_little_are_made_from_the_shares_images() -> None:
    images = tiny_parts(6)
    share = Share(images, fit=np.array([2, 0]), validation=np.array([5, 1]))
    autoencoder = autoencoder_of("conv", {"augment": False})
    with targets_of(autoencoder, images, 0, QUIET) as source:
        assert isinstance(source, Made)
        targets = source.of(share)
        for made, rows in ((targets.fit, [2, 0]), (targets.validation, [5, 1])):
            found = made(tf.constant([0, 1], tf.int64), MOMENT).numpy()
            np.testing.assert_allclose(found, images[rows] / 255.0, atol=1e-6)
