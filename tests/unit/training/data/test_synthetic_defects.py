import numpy as np
import pytest

from training.data.synthetic_defects import KINDS, add_defect

SIDE = 128
SIZES, CONTRASTS = (0.03, 0.06, 0.12, 0.24), (0.1, 0.2, 0.4)


def plate(brightness: int = 100, channels: int = 3) -> np.ndarray:
    return np.full((SIDE, SIDE, channels), brightness, np.uint8)


def changed(kind: str, size: float, contrast: float, seed: int = 0, brightness: int = 100) -> np.ndarray:
    image = plate(brightness)
    defective = add_defect(image, kind, size, contrast, np.random.default_rng(seed))
    assert defective.dtype == np.uint8
    difference: np.ndarray = np.abs(defective.astype(int) - image).max(axis=2)
    return difference


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(5))
def test_a_defect_is_as_large_as_it_should_be(kind: str, seed: int) -> None:
    for size in SIZES:
        rows, columns = np.nonzero(changed(kind, size, 0.4, seed))
        extent = np.hypot(np.ptp(rows), np.ptp(columns)) + 1
        assert 0.4 * size * SIDE <= extent <= 2.2 * size * SIDE + 3


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("brightness", [20, 100, 240])
def test_no_pixel_changes_by_more_than_the_contrast_and_some_nearly_do(kind: str, brightness: int) -> None:
    for contrast in CONTRASTS:
        largest = changed(kind, 0.24, contrast, brightness=brightness).max()
        assert 0.8 * contrast * 255 <= largest <= contrast * 255 + 1


@pytest.mark.parametrize("kind", KINDS)
def test_defects_grow_and_stay_where_they_are(kind: str) -> None:
    areas = [int((changed(kind, size, 0.4) > 0).sum()) for size in SIZES]
    assert areas == sorted(areas)
    assert areas[0] < areas[-1]
    centres = [np.mean(np.nonzero(changed(kind, size, 0.4)), axis=1) for size in SIZES]
    assert all(np.hypot(*(centre - centres[-1])) < 0.1 * SIDE for centre in centres)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_randomness_gives_the_same_defect_and_another_another(kind: str) -> None:
    assert (changed(kind, 0.12, 0.4, seed=1) == changed(kind, 0.12, 0.4, seed=1)).all()
    assert (changed(kind, 0.12, 0.4, seed=1) != changed(kind, 0.12, 0.4, seed=2)).any()


def test_the_normal_image_is_left_as_it_is() -> None:
    image = plate()
    add_defect(image, "missing", 0.24, 0.4, np.random.default_rng(0))
    assert (image == plate()).all()


def test_what_was_to_be_seen_in_a_missing_patch_is_gone() -> None:
    stripes = plate(60)
    stripes[::2] = 140
    defective = add_defect(stripes, "missing", 0.4, 0.1, np.random.default_rng(0))
    whole = np.abs(
        defective.astype(int) - add_defect(plate(100), "missing", 0.4, 0.1, np.random.default_rng(0)).astype(int)
    )
    assert (whole.max(axis=2) <= 1).sum() > 0.08 * SIDE * SIDE
    assert add_defect(plate(channels=1), "missing", 0.4, 0.1, np.random.default_rng(0)).shape == (SIDE, SIDE, 1)
