import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from training.data.duplicate_groups import SIDE, Thumbnail, group, joined, thumbnail

Image = NDArray[np.uint8]
Sets = dict[str, list[Image]]


def texture(seed: int, side: int = 72, grain: float = 2.5) -> NDArray[np.float32]:
    """A surface of its own, around 0, with a standard deviation of 1."""
    noise = np.random.default_rng(seed).standard_normal((side, side)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), grain)
    return np.asarray((smooth - smooth.mean()) / smooth.std(), np.float32)


def photograph(part: NDArray[np.float32], seed: int) -> Image:
    """One photograph of a surface: some pixels aside, in other light that falls from another side, with noise."""
    random = np.random.default_rng(seed)
    top, left = random.integers(0, 4, 2)
    seen = part[top : top + 64, left : left + 64]
    slope = np.linspace(-1.0, 1.0, 64, dtype=np.float32) * random.uniform(-20.0, 20.0)
    light = random.uniform(90.0, 140.0) + slope + random.uniform(12.0, 25.0) * seen
    return np.clip(light + 2.0 * random.standard_normal(seen.shape), 0.0, 255.0).astype(np.uint8)


def turned(angle: float, seed: int) -> Image:
    """A bar that lies at an angle, with a little noise: parts that differ in one way alone."""
    image = np.full((64, 64), 90.0, np.float32)
    way = 25.0 * np.array([np.cos(angle), np.sin(angle)])
    ends = [tuple(int(16.0 * x) for x in (32.0 + sign * way)) for sign in (-1.0, 1.0)]
    cv2.line(image, ends[0], ends[1], 200.0, thickness=7, lineType=cv2.LINE_AA, shift=4)
    noisy = image + 3.0 * np.random.default_rng(seed).standard_normal(image.shape)
    return np.clip(noisy, 0.0, 255.0).astype(np.uint8)


def labels_of(images: list[Image]) -> list[int]:
    labels: list[int] = group([thumbnail(image) for image in images]).labels.tolist()
    return labels


def sets_of(labels: list[int]) -> set[frozenset[int]]:
    return {frozenset(i for i, label in enumerate(labels) if label == wanted) for wanted in set(labels)}


def test_photographs_of_a_part_in_other_light_and_some_pixels_aside_are_joined_and_no_others() -> None:
    images = [photograph(texture(part), 10 * part + shot) for part in range(30) for shot in range(4)]
    images += [photograph(texture(part), 10 * part) for part in range(30, 60)]
    together = {frozenset(range(4 * part, 4 * part + 4)) for part in range(30)}
    assert sets_of(labels_of(images)) == together | {frozenset([i]) for i in range(120, 150)}


def test_different_parts_with_the_same_pattern_on_them_are_not_joined() -> None:
    pattern = texture(999)
    images = [photograph(pattern + 0.3 * texture(part), part) for part in range(120)]
    assert len(set(labels_of(images))) == 120


def test_parts_that_lie_at_any_angle_are_not_joined_though_some_lie_nearly_alike() -> None:
    angles = np.random.default_rng(0).uniform(0.0, np.pi, 200)
    assert len(set(labels_of([turned(angle, i) for i, angle in enumerate(angles)]))) == 200


def test_a_group_of_a_large_share_of_the_set_is_not_believed() -> None:
    images = [photograph(texture(0), shot) for shot in range(30)]
    images += [photograph(texture(part), part) for part in range(100, 170)]
    found = group([thumbnail(image) for image in images])
    assert found.too_large == 30
    assert len(set(found.labels.tolist())) == 100


@pytest.mark.parametrize("count", [1, 2, 20])
def test_images_without_structure_are_not_alike(count: int) -> None:
    assert len(set(labels_of([np.full((64, 48), 10 * i, np.uint8) for i in range(count)]))) == count


def test_a_handful_of_images_is_no_ground_for_a_gap() -> None:
    images = [photograph(texture(part), 10 * part + shot) for part in range(4) for shot in range(2)]
    assert len(set(labels_of(images))) == 8


def test_thumbnails_are_grey_whatever_the_image_is() -> None:
    colour = np.random.default_rng(0).integers(0, 65535, (50, 90, 3), np.uint16)
    small: Thumbnail = thumbnail(colour)
    assert small.shape == (SIDE, SIDE)
    assert small.dtype == np.float32
    assert small.mean() == pytest.approx(colour.mean(), rel=0.01)
    assert thumbnail(colour[..., 0]).shape == (SIDE, SIDE)


def test_pairs_are_joined_through_one_another() -> None:
    assert joined(5, np.array([[0, 3], [3, 4]])).tolist() == [0, 1, 2, 0, 0]
    assert joined(3, np.empty((0, 2), np.intp)).tolist() == [0, 1, 2]
