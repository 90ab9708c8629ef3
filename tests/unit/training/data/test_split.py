import hashlib
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training.data.normal_set import ImageFile
from training.data.split import Split, split_normal_set
from training.errors import TooFewImages, TrainingError
from training.statistics.conformal import smallest_rate


def images(count: int) -> list[ImageFile]:
    return [
        ImageFile(Path(f"{i}.png"), hashlib.sha256(str(i).encode()).hexdigest(), 8, 8, 8, colour=False)
        for i in range(count)
    ]


def test_every_image_is_in_exactly_one_part() -> None:
    parts = split_normal_set(images(100), 0.05, seed=0)
    digests = [image.digest for part in (parts.fit, parts.validation, parts.calibration) for image in part]
    assert sorted(digests) == sorted(image.digest for image in images(100))
    assert [len(parts.fit), len(parts.validation), len(parts.calibration)] == [65, 10, 25]


def test_names_and_order_do_not_matter() -> None:
    renamed = [
        ImageFile(Path(f"other/{i}.jpg"), image.digest, 8, 8, 8, colour=False)
        for i, image in enumerate(reversed(images(60)))
    ]
    first, second = split_normal_set(images(60), 0.05, seed=3), split_normal_set(renamed, 0.05, seed=3)
    assert [image.digest for image in first.calibration] == [image.digest for image in second.calibration]
    assert [image.digest for image in first.fit] == [image.digest for image in second.fit]


def test_another_seed_splits_otherwise() -> None:
    assert (
        split_normal_set(images(60), 0.05, seed=0).calibration != split_normal_set(images(60), 0.05, seed=1).calibration
    )


def test_an_added_image_moves_few_others() -> None:
    before = {image.digest for image in split_normal_set(images(100), 0.05, seed=0).calibration}
    after = {image.digest for image in split_normal_set(images(101), 0.05, seed=0).calibration}
    assert len(before - after) <= 1


def test_a_tight_budget_takes_up_to_half_for_calibration() -> None:
    assert len(split_normal_set(images(200), 0.01, seed=0).calibration) == 100
    assert len(split_normal_set(images(40), 0.05, seed=0).calibration) == 20


def test_a_set_too_small_for_the_budget_is_refused_with_the_rate_it_supports() -> None:
    with pytest.raises(TooFewImages, match=r"at least 198 normal images, found 175.*needs 99.*0.0114") as refused:
        split_normal_set(images(175), 0.01, seed=0)
    rate = refused.value.smallest_false_alarm_rate
    assert rate == smallest_rate(175) == pytest.approx(1 / 88)
    assert len(split_normal_set(images(175), rate, seed=0).calibration) == 87


@pytest.mark.parametrize("total", range(16, 400, 7))
def test_the_smallest_rate_named_always_works(total: int) -> None:
    parts = split_normal_set(images(total), smallest_rate(total), seed=0)
    assert len(parts.calibration) == total // 2
    assert len(parts.fit) >= 5


def test_a_handful_of_images_is_refused() -> None:
    with pytest.raises(TrainingError, match="at least 16 normal images, found 15"):
        split_normal_set(images(15), 0.5, seed=0)


def test_a_set_too_small_for_its_budget_may_be_extrapolated_from_half_of_it() -> None:
    parts = split_normal_set(images(100), 0.001, seed=0, extrapolate=True)
    assert len(parts.calibration) == 50
    assert len(split_normal_set(images(400), 0.05, seed=0, extrapolate=True).calibration) == 100, (
        "as if it were not allowed"
    )


def test_a_tail_is_not_extrapolated_from_next_to_nothing() -> None:
    with pytest.raises(TrainingError, match="at least 40 normal images for --tail extrapolate, found 39"):
        split_normal_set(images(39), 0.01, seed=0, extrapolate=True)


def copies(parts: int, each: int) -> list[ImageFile]:
    """This many parts, with this many near-duplicates each."""
    alone = images(parts * each)
    marked = []
    for start in range(0, len(alone), each):
        members = alone[start : start + each]
        first = min(image.digest for image in members)
        marked += [replace(image, duplicate_of=first) for image in members]
    return marked


def shares(parts: Split) -> list[tuple[ImageFile, ...]]:
    return [parts.fit, parts.validation, (*parts.calibration, *parts.unused)]


@pytest.mark.parametrize("seed", range(5))
def test_near_duplicates_are_never_in_two_shares(seed: int) -> None:
    whole = copies(60, 4) + images(300)[240:]
    fit, validation, calibration = (
        {image.part for image in share} for share in shares(split_normal_set(whole, 0.05, seed))
    )
    assert len(fit) + len(validation) + len(calibration) == 120
    assert not fit & validation
    assert not (fit | validation) & calibration


def test_one_image_of_each_part_calibrates_and_its_near_duplicates_go_unused() -> None:
    parts = split_normal_set(copies(80, 6), 0.05, seed=0)
    assert len(parts.calibration) == len({image.part for image in parts.calibration}) == 21
    assert {image.part for image in parts.unused} == {image.part for image in parts.calibration}
    assert len(parts.unused) == 5 * 21
    assert [len(parts.fit), len(parts.validation)] == [51 * 6, 8 * 6]


def test_a_budget_counts_parts_not_images() -> None:
    with pytest.raises(
        TooFewImages, match=r"198 normal images, found 600 of only 100 parts.*needs 99.*0.0197"
    ) as refused:
        split_normal_set(copies(100, 6), 0.01, seed=0)
    rate = refused.value.smallest_false_alarm_rate
    assert rate == pytest.approx(1 / 51)
    assert len(split_normal_set(copies(100, 6), rate, seed=0).calibration) == 50


def test_fifteen_parts_are_a_handful_however_often_they_were_photographed() -> None:
    with pytest.raises(TrainingError, match="at least 16 normal images, found 90 of only 15 parts"):
        split_normal_set(copies(15, 6), 0.5, seed=0)


def test_a_part_with_many_images_calibrates_no_more_often_than_others() -> None:
    whole = copies(20, 6) + images(200)[120:]
    many = [
        sum(image.duplicate_of is not None for image in split_normal_set(whole, 0.05, seed).calibration)
        for seed in range(200)
    ]
    assert sum(many) / 200 == pytest.approx(25 * 20 / 100, abs=0.6)  # four standard errors


def test_the_guarantee_holds_for_new_parts_though_photographs_of_a_part_score_alike() -> None:
    """Photographs of a fitted part score 0: splitting by image would flag far more new parts than the budget."""
    random = np.random.default_rng(0)
    flagged = []
    for seed in range(150):
        whole = copies(60, 5)
        anomaly = dict(zip(sorted({image.part for image in whole}), random.exponential(size=60), strict=True))
        parts = split_normal_set(whole, 0.1, seed)
        fitted = {image.part for image in parts.fit}
        assert len(parts.calibration) == 15
        scores = sorted(0.0 if image.part in fitted else anomaly[image.part] for image in parts.calibration)
        threshold = scores[math.ceil(16 * 0.9) - 1]
        flagged.append(math.exp(-threshold))  # the probability that a new part scores higher
    assert np.mean(flagged) == pytest.approx(1 - 15 / 16, abs=0.02)  # four standard errors


def test_what_would_be_refused_is_not_advised() -> None:
    with pytest.raises(TrainingError) as few:
        split_normal_set(images(39), 0.01, seed=0)
    assert "extrapolate" not in str(few.value)
    with pytest.raises(TrainingError, match="or higher, or for --tail extrapolate, which guarantees nothing"):
        split_normal_set(images(40), 0.01, seed=0)
