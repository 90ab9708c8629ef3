from pathlib import Path

import numpy as np
import pytest

from service.scoring.bundle import read_bundle
from service.scoring.manifest import AutoencoderInfo
from tests.support.bundles import SIDE, write_bundle
from tests.support.latents import plain, write_coded_bundle
from tests.support.reconstructing import write_reconstructing_bundle
from training.errors import TrainingError
from training.pictures.restorer import Restorer


def test_latents_and_the_decoder_make_a_picture_as_large_as_the_image(tmp_path: Path) -> None:
    restorer = Restorer(read_bundle(write_coded_bundle(tmp_path)))
    image = plain(200, 100)
    image[:, : SIDE // 2, 0] = 0
    made = restorer.restored(image)
    assert made.shape == (SIDE, SIDE, 3)
    assert made[0, 0].tolist() == made[-1, -1].tolist() == [100, 100, 0]


def test_a_reconstruction_graph_makes_the_picture_where_there_is_no_decoder(tmp_path: Path) -> None:
    restorer = Restorer(read_bundle(write_reconstructing_bundle(tmp_path)))
    made = restorer.restored(plain(200, 100))
    assert made.shape == (SIDE, SIDE, 3)
    assert made[3, 3].tolist() == [100, 50, 0]


def test_only_what_is_hidden_is_painted_in(tmp_path: Path) -> None:
    restorer = Restorer(read_bundle(write_coded_bundle(tmp_path)))
    image, hidden = plain(200, 100), np.zeros((SIDE, SIDE), np.bool_)
    hidden[4:20, 4:20] = True
    image[hidden] = 255
    made = restorer.painted(image, hidden)
    assert np.abs(made.astype(int) - plain(200, 100)).max() <= 1
    assert (image[hidden] == 255).all()


@pytest.mark.parametrize(
    ("name", "size", "why"),
    [
        ("feature", 64, "of feature, which has no picture: it reproduces features"),
        ("unet", None, "reconstruction.tflite in bundle .* of unet, found none: .* an earlier release; fit again"),
    ],
)
def test_a_bundle_without_a_picture_says_why(name: str, size: int | None, why: str, tmp_path: Path) -> None:
    info = AutoencoderInfo(name=name, parameters=0, code_size=size)
    with pytest.raises(TrainingError, match=why):
        Restorer(read_bundle(write_bundle(tmp_path, autoencoder=info)))
