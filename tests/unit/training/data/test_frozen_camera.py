from pathlib import Path

import pytest

from training.data.frozen_camera import refuse_frozen_camera
from training.errors import TrainingError


def pictures(others: int, frozen: int) -> list[tuple[str, Path]]:
    return [*((str(i), Path(f"{i}.png")) for i in range(others)), *(("x", Path(f"x{i}.png")) for i in range(frozen))]


@pytest.mark.parametrize(("others", "copies"), [(0, 0), (0, 1), (2, 5), (35, 5), (180, 20), (900, 100)])
def test_a_few_copies_are_an_accident(others: int, copies: int) -> None:
    refuse_frozen_camera(pictures(others, copies))


@pytest.mark.parametrize(("others", "copies"), [(0, 2), (3, 6), (40, 6), (189, 22), (0, 300), (10, 290)])
def test_one_picture_in_a_large_share_of_the_files_is_refused(others: int, copies: int) -> None:
    with pytest.raises(TrainingError, match=rf"same pixels in {copies} of {others + copies} images \(x0.png, x1.png"):
        refuse_frozen_camera(pictures(others, copies))


def test_every_picture_given_a_few_times_is_no_frozen_camera() -> None:
    refuse_frozen_camera([(str(i), Path(f"{shot}/{i}.png")) for i in range(50) for shot in range(4)])
