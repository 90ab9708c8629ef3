from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from training.data.copies import LIKENESS, copies, likeness
from training.data.copy_candidates import candidates
from training.data.copy_points import RECORD, describe
from training.data.duplicate_groups import joined

Image = NDArray[np.uint8]


def surface(seed: int, side: int = 160, grain: float = 2.0) -> NDArray[np.float32]:
    """A texture of its own, around 0, with a standard deviation of 1."""
    noise = np.random.default_rng(seed).standard_normal((side, side)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), grain)
    return np.asarray((smooth - smooth.mean()) / smooth.std(), np.float32)


def ring(seed: int, own: float = 0.15) -> Image:
    """A round part as a line makes them: all have the same rim; `own` is how much sets it apart."""
    image = np.zeros((160, 160), np.float32)
    for radius, shade in ((70, 1.5), (55, -1.0), (40, 2.0), (20, -2.0)):
        cv2.circle(image, (80, 80), radius, shade, -1, cv2.LINE_AA)
    return photograph(image + 0.4 * surface(777, grain=3.0) + own * surface(seed), seed)


def photograph(seen: NDArray[np.float32], seed: int) -> Image:
    noise = 1.5 * np.random.default_rng(seed).standard_normal(seen.shape)
    return np.clip(110.0 + 30.0 * seen + noise, 0.0, 255.0).astype(np.uint8)


def turned(image: Image, angle: float) -> Image:
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), angle, 1.0)
    return np.asarray(cv2.warpAffine(image, turn, (width, height)), np.uint8)


def cropped(image: Image, side: float, top: float, left: float) -> Image:
    """A crop of this share of each side, brought back to the size of the image."""
    height, width = image.shape[:2]
    y, x = round(top * (1.0 - side) * height), round(left * (1.0 - side) * width)
    part = image[y : y + round(side * height), x : x + round(side * width)]
    return np.asarray(cv2.resize(part, (width, height)), np.uint8)


def relit(image: Image, gamma: float, gain: float) -> Image:
    return np.clip(255.0 * gain * (image / 255.0) ** gamma, 0.0, 255.0).astype(np.uint8)


def augmented(image: Image, seed: int, count: int) -> list[Image]:
    random = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        copy = np.rot90(np.flip(image, 1) if random.random() < 0.5 else image, int(random.integers(4)))
        copy = turned(np.ascontiguousarray(copy), random.uniform(-10.0, 10.0))
        copy = cropped(copy, random.uniform(0.75, 1.0), *random.random(2))
        made.append(relit(copy, random.uniform(0.8, 1.25), random.uniform(0.8, 1.1)))
    return made


def described(images: list[Image]) -> NDArray[np.void]:
    records = np.zeros(len(images), RECORD)
    for row, image in enumerate(images):
        records[row] = describe(image)
    return records


def groups(images: list[Image]) -> list[frozenset[int]]:
    labels = joined(len(images), copies(described(images), np.arange(len(images)))).tolist()
    return [frozenset(np.flatnonzero(np.array(labels) == wanted).tolist()) for wanted in sorted(set(labels))]


CHANGES: dict[str, Callable[[Image], NDArray[Any]]] = {
    "upside down": lambda image: np.ascontiguousarray(image[::-1]),
    "mirrored and turned": lambda image: np.rot90(image[:, ::-1], 3).copy(),
    "turned by 15 degrees": lambda image: turned(image, 15.0),
    "a crop in a corner": lambda image: cropped(image, 0.7, 0.0, 1.0),
    "darker": lambda image: relit(image, 1.4, 0.7),
    "twice as large": lambda image: cv2.resize(image, (320, 320)),
    "in colour": lambda image: cv2.cvtColor(image, cv2.COLOR_GRAY2RGB),
    "in 16 bits": lambda image: image.astype(np.uint16) * 257,
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_copy_is_found_however_it_was_made(change: str) -> None:
    images = [ring(seed) for seed in range(12)]
    images.append(CHANGES[change](images[3]))
    assert [group for group in groups(images) if len(group) > 1] == [frozenset({3, 12})]


def test_copies_of_many_photographs_are_kept_apart_by_photograph() -> None:
    images = [image for part in range(8) for image in [ring(part), *augmented(ring(part), part, 3)]]
    found = groups(images)
    assert all(len({place // 4 for place in group}) == 1 for group in found)
    assert len(found) <= 12  # of a crop too small, points may be too few


@pytest.mark.parametrize("own", [0.02, 0.2])
def test_different_parts_are_not_joined_however_alike(own: float) -> None:
    images = [np.rot90(ring(seed, own), seed % 4).copy() for seed in range(30)]
    assert len(groups(images)) == 30


def test_photographs_of_one_part_at_two_times_are_no_copies_of_each_other_in_grain_alone() -> None:
    """All share all structure; each has noise of its own: nothing tells which two would be one."""
    images = [photograph(surface(0), seed) for seed in range(20)]
    assert max(map(len, groups(images))) <= 2


def test_images_without_structure_are_no_copies() -> None:
    images = [np.full((64, 48), shade, np.uint8) for shade in range(0, 200, 10)]
    assert len(groups(images)) == len(images)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_very_few_images_are_no_reason_to_fail(count: int) -> None:
    assert len(groups([ring(seed) for seed in range(count)])) == count


def test_the_same_images_give_the_same_pairs() -> None:
    images = [image for part in range(6) for image in [ring(part), *augmented(ring(part), part, 2)]]
    records = described(images)
    first, again = (copies(records, np.arange(len(images))) for _ in range(2))
    assert np.array_equal(first, again)


def test_points_alone_are_no_proof_pixels_must_agree() -> None:
    """Two photographs with the same marks at the same places, on surfaces of their own."""
    images = [ring(seed) for seed in range(12)]
    marks = (np.abs(surface(500, grain=4.0)) > 1.2).astype(np.float32) * surface(501, grain=3.0)
    images += [photograph(2.0 * marks + 0.8 * surface(seed, grain=1.2), seed) for seed in (100, 101)]
    records, rows = described(images), np.arange(len(images))
    _, usual = candidates(records, rows)
    assert likeness(records[12], records[13], usual[12]) < LIKENESS
