from pathlib import Path

import numpy as np

from service.scoring.input_spec import InputSpec
from tests.support.drawn_parts import draw_part, write_image
from tests.support.tiny_training import QUIET
from training.data.folder import find_layout
from training.data.normal_set import scan
from training.data.preprocessed import BATCH, batches, preprocess_files, read_preprocessed

SPEC = InputSpec(height=32, width=48, channels=3)


def test_a_set_is_its_images_one_after_the_other(tmp_path: Path) -> None:
    for seed in range(3):
        write_image(tmp_path / "images" / f"{seed}.png", draw_part(seed))
    images = scan(find_layout(tmp_path / "images"), QUIET).images
    found = preprocess_files(images, SPEC, tmp_path, "fit", QUIET)
    assert found.shape == (3, 32, 48, 3)
    assert found.dtype == np.uint8
    for row, image in zip(found, images, strict=True):
        np.testing.assert_array_equal(row, read_preprocessed(image.path, SPEC))


def test_batches_hold_every_image_once_in_order() -> None:
    images = np.arange(2 * BATCH + 1, dtype=np.uint8).reshape(-1, 1, 1, 1)
    found = list(batches(images))
    assert [len(batch) for batch in found] == [BATCH, BATCH, 1]
    np.testing.assert_array_equal(np.concatenate(found), images)


def test_a_batch_is_a_view_of_the_set() -> None:
    images = np.zeros((BATCH + 1, 2, 2, 1), np.uint8)
    assert all(np.shares_memory(batch, images) for batch in batches(images))
