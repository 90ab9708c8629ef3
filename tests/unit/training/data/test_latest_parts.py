from pathlib import Path

import pytest

from training.data.latest_parts import latest_split
from training.data.normal_set import ImageFile
from training.errors import TooFewImages


def images(count: int, *, of_a_part: int = 1) -> list[ImageFile]:
    """In an order of names that is not that of their digests; as many in a row show one part."""
    return [
        ImageFile(
            path=Path(f"line/{number}.png"),
            digest=f"{number:x}",
            height=8,
            width=8,
            bit_depth=8,
            colour=False,
            duplicate_of=f"{number // of_a_part * of_a_part:x}" if of_a_part > 1 else None,
        )
        for number in range(count)
    ]


def numbers(some: tuple[ImageFile, ...]) -> list[int]:
    return sorted(int(image.path.stem) for image in some)


def test_the_latest_calibrate_and_some_of_them_are_learnt() -> None:
    split, latest = latest_split(images(400), 0.05, seed=0)
    assert len(split.calibration) == 100
    assert min(numbers(split.calibration)) >= 250
    assert sum(number >= 250 for number in numbers(split.fit + split.validation)) == 50
    assert len(split.fit) + len(split.validation) == 300
    assert latest.sentence(100) == "calibrating on 100 of the latest 150 parts by file name, from 250.png to 399.png"


def test_never_more_than_the_latest_half() -> None:
    split, _ = latest_split(images(200), 0.01, seed=0)
    assert numbers(split.calibration) == list(range(100, 200))


def test_images_of_one_part_stay_together() -> None:
    split, _ = latest_split(images(120, of_a_part=3), 0.1, seed=0)
    parts = {image.part for image in split.calibration}
    assert len(parts) == len(split.calibration) == 10
    assert not parts & {image.part for image in split.fit + split.validation}
    assert len(split.unused) == 20
    assert min(numbers(split.calibration)) >= 75


def test_too_few_are_refused_as_in_any_split() -> None:
    with pytest.raises(TooFewImages, match="expected at least 198"):
        latest_split(images(100), 0.01, seed=0)
