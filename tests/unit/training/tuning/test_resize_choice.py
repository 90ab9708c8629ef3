"""Stretch or pad images of mixed proportions."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.drawn_parts import draw_part, write_image
from tests.support.tiny_training import QUIET
from training.autoencoders.registry import checked_options, find
from training.data.folder import find_layout
from training.data.framing import Framing
from training.data.input_spec import input_spec
from training.data.normal_set import NormalSet, scan
from training.data.split import split_normal_set
from training.tuning.resize_choice import CHOICES, ResizeChoice, Scores, choose_resize, chosen_by, is_mixed

FRAMING = Framing((32, 32))


def written(folder: Path, *, mixed: bool) -> NormalSet:
    """Parts on a background of this shape: they keep their own, as on a line with several fields of view."""
    for seed in range(24):
        picture = np.full((64, 64 if not mixed or seed % 2 else 128, 3), 40, np.uint8)
        picture[:, :64] = draw_part(seed)
        write_image(folder / f"{seed:02}.png", picture)
    return scan(find_layout(folder), QUIET)


@pytest.mark.parametrize("mixed", [True, False])
def test_a_set_is_mixed_if_its_images_have_different_proportions(tmp_path: Path, *, mixed: bool) -> None:
    assert is_mixed(written(tmp_path, mixed=mixed)) is mixed


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")
def test_what_shows_synthetic_defects_better_is_chosen(tmp_path: Path) -> None:
    normal = written(tmp_path, mixed=True)
    split = split_normal_set(normal.images, 0.2, seed=0)
    spec = input_spec(normal, split, FRAMING, QUIET)
    options = checked_options("conv", {"epochs": 1, "steps": 2, "width": 4})
    found = choose_resize(normal, spec, lambda each: find("conv")(options, each), 0, QUIET)
    assert tuple(found.aurocs) == CHOICES
    assert all(0.0 <= auroc <= 1.0 for auroc in found.aurocs.values())


@pytest.mark.parametrize(("gain", "chosen"), [(0.0, "stretch"), (0.02, "stretch"), (2.0, "pad"), (-2.0, "stretch")])
def test_padding_is_chosen_where_it_is_clearly_better(gain: float, chosen: str) -> None:
    rng = np.random.default_rng(0)
    normal, defective = rng.normal(size=(2, 16)), rng.normal(1.0, size=(2, 16, 16))
    found = chosen_by(Scores(normal[0], defective[0]), Scores(normal[1], defective[0] + gain))
    assert found.chosen == chosen


def test_the_choice_is_told_with_its_reason() -> None:
    told = ResizeChoice("pad", {"stretch": 0.8, "pad": 0.9}).sentence()
    assert told == (
        "images of mixed proportions: --resize pad, by the AUROC of synthetic defects (stretch 0.800, pad 0.900)"
    )
    assert ResizeChoice("stretch", {"stretch": 0.82, "pad": 0.83}).sentence().endswith("0.830: no clear difference)")


def test_who_asks_for_a_way_to_resize_has_it() -> None:
    assert FRAMING.leaves_resize_open
    assert not Framing(resize="stretch").leaves_resize_open
    assert not Framing(ignore=Path("mask.png")).leaves_resize_open
    assert not Framing(smallest_defect=8).leaves_resize_open
