from pathlib import Path

import numpy as np
import pytest

from tests.support.drawn_parts import write_image
from tests.support.regions import SIDE, stamped_part
from training.errors import TrainingError
from training.progress import silent
from training.region.chosen_images import choose_images


def test_most_images_decide_on_the_size_and_others_are_counted(tmp_path: Path) -> None:
    for seed in range(12):
        write_image(tmp_path / f"{seed:03}.png", stamped_part(seed)[: SIDE if seed < 9 else -2])
    chosen = choose_images(tmp_path, 1000, silent())
    assert (len(chosen.images), chosen.of_other_sizes, chosen.found) == (9, 3, 12)
    assert (chosen.height, chosen.width) == (SIDE, SIDE)


def test_a_bounded_number_is_spread_over_the_set(tmp_path: Path) -> None:
    for seed in range(30):
        write_image(tmp_path / f"{seed:03}.png", stamped_part(seed))
    chosen = choose_images(tmp_path, 4, silent())
    assert [image.path.stem for image in chosen.images] == ["000", "010", "019", "029"]
    assert chosen.found == 30


def test_what_a_fit_refuses_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="expected normal images"):
        choose_images(tmp_path, 10, silent())
    write_image(tmp_path / "a.png", stamped_part(0))
    write_image(tmp_path / "b.png", stamped_part(1).astype(np.uint16) * 200)
    with pytest.raises(TrainingError, match="expected one bit depth"):
        choose_images(tmp_path, 10, silent())


def test_the_mvtec_layout_is_known_and_damaged_files_are_left_out(tmp_path: Path) -> None:
    for seed in range(25):
        write_image(tmp_path / "train" / "good" / f"{seed}.png", stamped_part(seed))
        write_image(tmp_path / "test" / "bent" / f"{seed}.png", stamped_part(100 + seed))
    (tmp_path / "train" / "good" / "damaged.png").write_bytes(b"\x89PNG")
    chosen = choose_images(tmp_path, 1000, silent())
    assert len(chosen.images) == 25
    assert [each.path.name for each in chosen.left_out] == ["damaged.png"]
