from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.support.regions import SIDE, STAMP, look_of, stamped_part
from training.region.normal_look import NormalLook
from training.region.suggestion import Suggestion, suggest, to_original


def suggested(images: list[NDArray[np.uint8]], folder: Path) -> tuple[Suggestion, dict[str, NDArray[np.bool_]]]:
    found = suggest(look_of(images, folder), *images[0].shape[:2])
    return found, {area.name: area.mask for area in found.areas}


def test_a_black_surround_and_a_stamp_are_suggested_and_the_part_is_not(tmp_path: Path) -> None:
    found, masks = suggested([stamped_part(seed) for seed in range(30)], tmp_path)
    assert set(masks) == {"surround", "changing"}
    changing = masks["changing"]
    assert changing[STAMP].mean() > 0.9
    changing[STAMP] = False
    assert changing.mean() < 0.05
    assert not (masks["surround"] | changing)[20:60, 30:70].any(), "the part"
    assert not masks["surround"][STAMP].any()
    assert found.roi is not None


def test_the_surround_of_a_part_is_suggested_with_a_margin_and_a_region(tmp_path: Path) -> None:
    images = [stamped_part(seed, stamp=False) for seed in range(30)]
    found, masks = suggested(images, tmp_path)
    assert set(masks) == {"surround"}
    ever = np.max(images, axis=0) > 60
    assert not (masks["surround"] & ever).any()
    assert masks["surround"][0].all()
    assert masks["surround"].mean() > 0.4
    assert found.roi is not None
    inside = np.zeros((SIDE, SIDE), bool)
    inside[found.roi.y : found.roi.y + found.roi.height, found.roi.x : found.roi.x + found.roi.width] = True
    assert not (ever & ~inside).any()
    assert f"{masks['surround'].mean():.0%} of the image" in found.areas[0].why


def test_a_part_that_lies_now_here_now_there_is_never_suggested(tmp_path: Path) -> None:
    random = np.random.default_rng(1)

    def bar(seed: int) -> NDArray[np.uint8]:
        rows, columns = np.mgrid[0:SIDE, 0:SIDE] - SIDE / 2
        angle = np.pi * seed / 30
        along, across = np.cos(angle) * columns + np.sin(angle) * rows, np.cos(angle) * rows - np.sin(angle) * columns
        on = (np.abs(along) < 46) & (np.abs(across) < 6)
        levels = np.where(on, 40 + 20 * np.sin(along), 200) + random.normal(0, 2, on.shape)
        image: NDArray[np.uint8] = np.clip(levels, 0, 255).astype(np.uint8)
        return image

    found, _ = suggested([bar(seed) for seed in range(30)], tmp_path)
    assert all(not area.mask[SIDE // 2 - 20 : SIDE // 2 + 20, SIDE // 2].any() for area in found.areas)


def test_nothing_is_suggested_of_a_texture_that_fills_the_image(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    found, masks = suggested([random.integers(60, 200, (SIDE, SIDE)).astype(np.uint8) for _ in range(25)], tmp_path)
    assert (masks, found.roi) == ({}, None)
    assert "Nothing is suggested" in found.why_none


def test_nothing_is_suggested_of_few_images(tmp_path: Path) -> None:
    found, masks = suggested([stamped_part(seed) for seed in range(5)], tmp_path)
    assert masks == {}
    assert "found 5 images of 5" in found.why_none


def test_an_even_sheet_with_a_small_hole_is_the_part() -> None:
    span = np.full((SIDE, SIDE), 0.02, np.float32)
    span[40:50, 40:50] = 0.5
    flat = np.zeros_like(span)
    look = NormalLook(
        mean=flat, black=0.0, white=255.0, median=flat, spread=span, span=span, least_change=flat, most_change=flat,
        images=50, parts=50,
    )  # fmt: skip
    assert suggest(look, SIDE, SIDE).areas == ()


@pytest.mark.parametrize(("height", "width"), [(SIDE, SIDE), (5 * SIDE, 7 * SIDE)])
def test_a_suggestion_comes_in_pixels_of_the_original(height: int, width: int) -> None:
    mask = np.zeros((SIDE, SIDE), bool)
    mask[:, : SIDE // 2] = True
    grown = to_original(mask, height, width)
    assert grown.shape == (height, width)
    assert grown.mean() == pytest.approx(0.5, abs=0.01)
