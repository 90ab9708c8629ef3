from pathlib import Path

import numpy as np
import pytest

from service.scoring.bundle import read_bundle
from tests.support.bundles import write_bundle
from tests.support.latents import write_coded_bundle
from training.errors import TrainingError
from training.latents.decoder import REACH, LatentDecoder, between, grid


def test_the_decoder_makes_images_of_latents(tmp_path: Path) -> None:
    images = LatentDecoder(read_bundle(write_coded_bundle(tmp_path))).images(
        np.array([[1.0, 0.2], [0.0, 2.0]], np.float32)
    )
    assert images.shape == (2, 4, 4, 3)
    assert images[:, 0, 0].tolist() == [[255, 51, 0], [0, 255, 0]]


def test_a_bundle_without_a_decoder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"found \w+ of brightness without decoder.tflite"):
        LatentDecoder(read_bundle(write_bundle(tmp_path)))


def test_a_grid_covers_where_the_latents_lie_with_the_second_number_upwards() -> None:
    codes = np.array([[0, 10], [2, 14]], np.float32)
    places = grid(codes, 3).reshape(3, 3, 2)
    assert places[1, 1].tolist() == [1, 12]
    assert places[0, 2].tolist() == [1 + REACH, 12 + 2 * REACH]
    assert places[2, 0].tolist() == [1 - REACH, 12 - 2 * REACH]


def test_the_way_between_two_latents_is_straight_and_has_both_ends() -> None:
    way = between(np.array([0, 1], np.float32), np.array([2, 0], np.float32), 3)
    assert way.tolist() == [[0, 1], [1, 0.5], [2, 0]]
