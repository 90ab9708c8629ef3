import numpy as np

from training.data.copy_candidates import CANDIDATES, candidates
from training.data.copy_points import RECORD, describe


def records_of(images: list[np.ndarray]) -> np.ndarray:
    records = np.zeros(len(images), RECORD)
    for row, image in enumerate(images):
        records[row] = describe(image)
    return records


def textures(count: int) -> list[np.ndarray]:
    return [
        np.random.default_rng(seed).integers(0, 255, (48, 48), np.uint8).repeat(3, 0).repeat(3, 1)
        for seed in range(count)
    ]


def test_those_that_share_most_come_first_and_rows_name_the_records() -> None:
    images = textures(10)
    records = records_of([*images, images[4][::-1].copy()])
    pairs, usual = candidates(records, np.arange(11))
    assert pairs[0].tolist() == [4, 10]
    assert usual.shape[:2] == (11, 2)
    rows = np.array([10, 4, *range(4), *range(5, 10)])
    assert candidates(records, rows)[0][0].tolist() == [0, 1]


def test_images_have_a_limited_number_of_candidates_of_their_own() -> None:
    images = textures(3)
    pairs, _ = candidates(
        records_of([np.roll(images[0], shift, axis=1) for shift in range(12)] + images[1:]), np.arange(14)
    )
    assert len(pairs) <= 14 * CANDIDATES


def test_too_few_images_have_none() -> None:
    assert len(candidates(records_of(textures(1)), np.arange(1))[0]) == 0
    assert len(candidates(np.zeros(0, RECORD), np.arange(0))[0]) == 0
