from pathlib import Path

import cv2
import numpy as np
import pytest

from deploy.demo.renderer.defects import DEFECTS
from deploy.demo.renderer.render import render, write_line
from deploy.demo.renderer.scene import Scene
from deploy.demo.renderer.visibility import FAINTEST

SIZE, FULL_SIZE = 128, 256
BLUR_PIXELS = 5  # the lens spreads a change a little beyond its place


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_good_part_has_an_empty_mask() -> None:
    part = render(np.random.default_rng(1), SIZE)
    assert (part.image.shape, str(part.image.dtype)) == ((SIZE, SIZE, 3), "uint8")
    assert (part.mask.shape, str(part.mask.dtype)) == ((SIZE, SIZE), "uint8")
    assert not part.mask.any()


@pytest.mark.parametrize("defect", [None, *DEFECTS])
def test_the_same_seed_renders_the_same_bytes(defect: str | None) -> None:
    first, second = (render(np.random.default_rng(5), SIZE, defect) for _ in range(2))
    assert first.image.tobytes() == second.image.tobytes()
    assert first.mask.tobytes() == second.mask.tobytes()


def test_no_two_good_parts_look_the_same() -> None:
    images = {render(np.random.default_rng(seed), SIZE).image.tobytes() for seed in range(5)}
    assert len(images) == 5


@pytest.mark.parametrize("defect", DEFECTS)
@pytest.mark.parametrize("seed", range(6))
def test_the_mask_is_where_the_image_changed(defect: str, seed: int) -> None:
    good = render(np.random.default_rng(seed), SIZE)
    bad = render(np.random.default_rng(seed), SIZE, defect)
    change = np.abs(bad.image.astype(int) - good.image.astype(int)).max(axis=2)
    inside = bad.mask > 0
    near = cv2.dilate(bad.mask, np.ones((2 * BLUR_PIXELS + 1,) * 2, np.uint8)) > 0
    assert inside.any()
    assert change[inside].mean() > 5 * change[~near].mean()
    assert np.mean(change[~near] > 8) < 0.01, "hardly anything changes away from the defect"


def visible_change(seed: int, defect: str) -> np.ndarray:
    """Grey levels by which a defect changes its part, the sensor's noise averaged away as the eye does."""
    good, bad = (render(np.random.default_rng(seed), FULL_SIZE, kind) for kind in (None, defect))
    change = bad.image.mean(axis=2) - good.image.mean(axis=2)
    inside: np.ndarray = np.abs(cv2.GaussianBlur(change, (0, 0), 1))[bad.mask > 0]
    return inside


@pytest.mark.parametrize("defect", DEFECTS)
def test_every_defect_is_seen(defect: str) -> None:
    strengths = [visible_change(seed, defect).max() for seed in range(20)]
    assert min(strengths) >= FAINTEST


@pytest.mark.parametrize("defect", DEFECTS)
def test_defects_are_graded_from_faint_to_clear(defect: str) -> None:
    """How much they change, over all pixels: what a model adds up."""
    sums = np.sort([visible_change(seed, defect).sum() for seed in range(20)])
    assert sums[-2] > 3 * sums[1]


def test_good_parts_lie_a_few_pixels_and_degrees_apart() -> None:
    scenes = [Scene.draw(np.random.default_rng(seed)) for seed in range(200)]
    places = np.array([scene.center for scene in scenes]) * FULL_SIZE
    turns = np.degrees([scene.rotation for scene in scenes])
    for values, most in ((places[:, 0], 8), (places[:, 1], 8), (turns, 6)):
        assert most / 2 < np.ptp(values) < most


def test_a_defect_that_is_not_made_here_is_named_in_the_error() -> None:
    with pytest.raises(ValueError, match=r"Expected a defect of scratch, .*, found 'rust'"):
        render(np.random.default_rng(0), SIZE, "rust")


def test_a_line_is_written_in_mvtecs_layout(tmp_path: Path) -> None:
    write_line(tmp_path, seed=3, size=64, train_good=2, test_good=1, per_defect=1)
    expected = {"train/good/000.png", "train/good/001.png", "test/good/000.png"}
    for defect in DEFECTS:
        expected |= {f"test/{defect}/000.png", f"ground_truth/{defect}/000_mask.png"}
    assert set(files_of(tmp_path)) == expected


def test_a_line_of_the_same_seed_has_the_same_bytes(tmp_path: Path) -> None:
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        write_line(tmp_path / name, seed=seed, size=64, train_good=1, test_good=1, per_defect=1)
    assert files_of(tmp_path / "a") == files_of(tmp_path / "b")
    assert files_of(tmp_path / "a")["train/good/000.png"] != files_of(tmp_path / "c")["train/good/000.png"]


def test_files_hold_the_rendered_colours(tmp_path: Path) -> None:
    write_line(tmp_path, seed=3, size=64, train_good=1, test_good=0, per_defect=0)
    stored = cv2.imread(str(tmp_path / "train/good/000.png"), cv2.IMREAD_COLOR_RGB)
    assert stored is not None
    assert np.array_equal(stored, render(np.random.default_rng([3, 0, 0]), 64).image)
