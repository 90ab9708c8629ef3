import hashlib
from pathlib import Path

import pytest

from training.data.folds import FOLDS, cross_split
from training.data.normal_set import ImageFile
from training.errors import TooFewImages, TrainingError


def images(parts: int, views: int = 1) -> list[ImageFile]:
    """Of each part so many near-duplicates."""
    found = []
    for part in range(parts):
        first = hashlib.sha256(f"{part}".encode()).hexdigest()
        for view in range(views):
            digest = hashlib.sha256(f"{part} {view}".encode()).hexdigest()
            found.append(ImageFile(Path(f"{part}-{view}.png"), digest, 32, 32, 8, colour=True, duplicate_of=first))
    return found


def parts_of(found: tuple[ImageFile, ...]) -> set[str]:
    return {image.part for image in found}


def test_all_images_are_learnt_from_and_one_of_each_part_calibrates() -> None:
    split = cross_split(images(40, 3), 0.05, seed=1)
    assert len(split.fit) + len(split.validation) == 120
    assert split.unused == ()
    assert len(split.calibration) == len(parts_of(split.calibration)) == 40


def test_each_part_is_put_aside_whole_by_one_fold_that_scores_it() -> None:
    split = cross_split(images(40, 3), 0.05, seed=1)
    assert len(split.folds) == FOLDS
    aside = [image for fold in split.folds for image in fold.calibration]
    assert {image.digest for image in aside} == {image.digest for image in split.calibration}
    assert len(aside) == 40
    for fold in split.folds:
        assert not parts_of(fold.calibration) & parts_of((*fold.fit, *fold.validation))
        assert len(fold.fit) + len(fold.validation) + len(fold.calibration) + len(fold.unused) == 120


def test_the_wider_split_puts_the_first_two_folds_aside() -> None:
    split = cross_split(images(40), 0.05, seed=1)
    assert split.wider is not None
    first, second = split.folds[:2]
    assert parts_of(split.wider.calibration) == parts_of((*first.calibration, *second.calibration))
    assert not parts_of(split.wider.calibration) & parts_of((*split.wider.fit, *split.wider.validation))


def test_the_same_images_and_seed_make_the_same_folds() -> None:
    assert cross_split(images(40), 0.05, 3) == cross_split(images(40)[::-1], 0.05, 3)
    assert cross_split(images(40), 0.05, 3).folds != cross_split(images(40), 0.05, 4).folds


def test_n_parts_support_a_budget_of_one_in_n_and_one() -> None:
    assert len(cross_split(images(99), 0.01, 0).calibration) == 99
    with pytest.raises(TooFewImages, match=r"at least 99 .* 0\.01, found 98; .* --false-alarm-rate 0\.0102") as refused:
        cross_split(images(98), 0.01, 0)
    assert refused.value.smallest_false_alarm_rate == pytest.approx(1 / 99)


def test_views_of_a_part_do_not_make_it_more() -> None:
    with pytest.raises(TooFewImages, match="found 90 of only 30 parts"):
        cross_split(images(30, 3), 0.02, 0)


def test_a_handful_is_refused_and_a_few_may_be_extrapolated() -> None:
    with pytest.raises(TrainingError, match="at least 16 normal images, found 15"):
        cross_split(images(15), 0.5, 0)
    assert len(cross_split(images(20), 0.001, 0, extrapolate=True).calibration) == 20
    with pytest.raises(TrainingError, match="for --tail extrapolate, found 19"):
        cross_split(images(19), 0.001, 0, extrapolate=True)


def test_what_would_be_refused_is_not_advised() -> None:
    with pytest.raises(TrainingError) as few:
        cross_split(images(19), 0.01, 0)
    assert str(few.value).endswith("or ask for --false-alarm-rate 0.05 or higher")
    with pytest.raises(TrainingError, match="or higher, or for --tail extrapolate, which guarantees nothing"):
        cross_split(images(20), 0.01, 0)
