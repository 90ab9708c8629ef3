"""`linewatch-train restore` and `generate` by the real command line; needs no Kafka."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.support.drawn_parts import SIDE, write_image
from tests.support.fitted import FittedParts, fit_bundle
from training.data.pixels import read_pixels

QUICK = {"epochs": 2, "steps": 15, "width": 8}


@pytest.fixture(scope="module")
def store(fitted: FittedParts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a champion of unet and one of vae."""
    folder = tmp_path_factory.mktemp("store")
    for name in ("unet", "vae"):
        fit_bundle(fitted.data, folder, name, autoencoder=name, options=QUICK)
    return folder


def result(*arguments: object) -> dict[str, Any]:
    command = [str(Path(sys.executable).with_name("linewatch-train")), *map(str, arguments), "--json"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def test_noise_is_taken_out_of_images(fitted: FittedParts, tmp_path: Path) -> None:
    bundle = fitted.store / fitted.stream / fitted.bundle
    found = result("restore", bundle, *fitted.normals[:3], "--out", tmp_path / "shown", "--noise", "0.2")
    assert found["mean"]["restored"]["psnr"] > found["mean"]["given"]["psnr"]
    assert len(found["images"]) == len(list((tmp_path / "shown").iterdir())) - 1 == 3


def test_a_hidden_place_is_painted_in_nearer_to_the_part_than_it_was(
    store: Path, fitted: FittedParts, tmp_path: Path
) -> None:
    clean = cv2.imread(str(fitted.normals[0]))
    assert clean is not None
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[28:36, 28:36] = 255
    write_image(tmp_path / "spoilt/part.png", np.where(mask[..., np.newaxis] > 0, np.uint8(0), clean[..., ::-1]))
    write_image(tmp_path / "mask.png", mask)
    write_image(tmp_path / "clean/part.png", clean[..., ::-1])
    spoilt, originals, out = tmp_path / "spoilt", tmp_path / "clean", tmp_path / "shown"
    options = ("--mask", tmp_path / "mask.png", "--against", originals, "--store", store)
    found = result("restore", "unet", spoilt, "--out", out, *options)
    assert found["mean"]["restored"]["psnr"] > found["mean"]["given"]["psnr"] + 3
    painted = cv2.imread(str(out / "part.png"))
    assert painted is not None
    np.testing.assert_array_equal(painted[mask == 0], clean[mask == 0])


def test_new_parts_look_like_normal_ones(store: Path, fitted: FittedParts, tmp_path: Path) -> None:
    found = result("generate", "vae", "--n", "4", "--out", tmp_path / "sheet.png", "--store", store)
    assert found["images"] == 4
    page = cv2.imread(str(tmp_path / "sheet.png"))
    assert page is not None
    parts = [page[top : top + SIDE, left : left + SIDE] for top in (0, SIDE + 4) for left in (0, SIDE + 4)]
    normals = np.stack([read_pixels(path)[..., ::-1] for path in fitted.normals]).astype(np.float64)
    away = np.abs(np.stack(parts).astype(np.float64) - normals.mean(axis=0)).mean()
    assert away < 25
    assert len({part.tobytes() for part in parts}) == 4
