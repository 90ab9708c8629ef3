from pathlib import Path

import numpy as np
import pytest

from tests.support.regions import SIDE, STAMP, chosen_of, look_of, stamped_part
from training.progress import silent
from training.region.normal_look import COMPARED_SIDE, SHOWN_SIDE, look_at, scaled, scaled_size


def test_mean_spread_and_span_are_those_of_the_images(tmp_path: Path) -> None:
    images = [stamped_part(seed) for seed in range(21)]
    look = look_of(images, tmp_path)
    assert np.allclose(look.mean, np.mean(images, axis=0), atol=0.01)
    scale = look.white - look.black
    middle = (np.sort(np.stack(images), axis=0)[10] - look.black) / scale
    assert np.allclose(look.median, middle, atol=1e-4)
    assert look.spread[STAMP].mean() > 0.5
    assert look.span[2:6, 2:6].max() < 0.1
    assert (look.images, look.parts) == (21, 21)


def test_what_changes_in_few_images_is_not_what_always_changes(tmp_path: Path) -> None:
    images = [stamped_part(seed, stamp=False) for seed in range(24)]
    images[5][STAMP] = 255
    look = look_of(images, tmp_path)
    assert look.span[85, 48] > 0.5
    assert look.least_change[85, 48] < 0.05
    assert look.most_change[85, 48] < 0.05


def test_light_alone_is_no_change(tmp_path: Path) -> None:
    base = stamped_part(0, stamp=False).astype(float)
    random = np.random.default_rng(0)
    lit = [np.clip(base + 3.0 * step + random.normal(0, 1, base.shape), 0, 255) for step in range(20)]
    look = look_of([image.astype(np.uint8) for image in lit], tmp_path)
    assert look.spread.mean() > 0.2
    assert look.span[40:60, 40:60].max() < 0.1


def test_colour_and_16_bits_are_read(tmp_path: Path) -> None:
    colours = [np.stack([stamped_part(seed), stamped_part(seed) // 2, stamped_part(seed) // 4], 2) for seed in range(3)]
    look = look_of(colours, tmp_path / "colour")
    assert np.allclose(look.mean, np.mean(colours, axis=0), atol=0.01)
    deep = [1000 + 8 * stamped_part(seed).astype(np.uint16) for seed in range(3)]
    look = look_at(chosen_of(tmp_path / "deep", deep), silent())
    assert np.allclose(look.mean, np.mean(deep, axis=0), atol=0.1)
    assert 1000 <= look.black < look.white <= 3100


def test_large_images_are_made_smaller_and_small_ones_are_not(tmp_path: Path) -> None:
    large = [np.repeat(np.repeat(stamped_part(seed), 20, axis=0), 24, axis=1) for seed in range(2)]
    look = look_of(large, tmp_path)
    assert look.mean.shape == scaled_size(20 * SIDE, 24 * SIDE, SHOWN_SIDE) == (1333, 1600)
    assert look.span.shape == scaled_size(20 * SIDE, 24 * SIDE, COMPARED_SIDE) == (427, 512)
    assert scaled_size(1, 100_000, 512) == (1, 512)
    assert scaled(large[0][:10, :12], 512).shape == (10, 12)


def test_a_full_disk_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = chosen_of(tmp_path, [stamped_part(seed) for seed in range(2)])

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", full)
    with pytest.raises(ValueError, match="expected room for"):
        look_at(chosen, silent())
