from pathlib import Path

import numpy as np
import pytest

from service.scoring.input_spec import InputSpec, Roi
from tests.support.bundles import part
from tests.support.drawn_parts import write_image
from training.pictures.inputs import Inputs, preprocessed_mask
from training.pictures.partners import Partners, named_images

SPEC = InputSpec(height=16, width=16, channels=3, margin=1.5)
BLACK = np.zeros((32, 32), np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in "abcdef":
        write_image(tmp_path / f"images/{name}.png", part(60))
    (tmp_path / "images/f.png").write_bytes(b"none")
    return tmp_path


def read(inputs: Inputs, folder: Path) -> dict[str, bool]:
    """Name -> whether it has an original, of those that are not left out."""
    images, _ = named_images([folder / "images"], set())
    found = {str(image.name): inputs.read(image) for image in images}
    return {name: each.original is not None for name, each in found.items() if each is not None}


def reasons(inputs: Inputs) -> list[tuple[str, str, str]]:
    return [(each.path.name, str(each.why), each.detail) for each in inputs.left_out]


def test_images_are_read_as_the_graph_takes_them(folder: Path) -> None:
    inputs = Inputs(SPEC, None, None)
    image, *_ = named_images([folder / "images"], set())[0]
    found = inputs.read(image)
    assert found is not None
    assert found.pixels.shape == (16, 16, 3)
    assert found.pixels.dtype == np.uint8
    assert found.hidden is None
    assert list(read(inputs, folder)) == ["a", "b", "c", "d", "e"]
    assert [name for name, why, _ in reasons(inputs) if why == "unreadable"] == ["f.png"]


def test_an_image_without_a_mask_that_can_be_used_is_left_out_with_the_reason(folder: Path) -> None:
    good = BLACK.copy()
    good[:9, :8] = 255
    for name, mask in {"a_mask": good, "b": BLACK, "c": np.full_like(BLACK, 255), "d": good[:, ::2]}.items():
        write_image(folder / f"masks/{name}.png", mask)
    inputs = Inputs(SPEC, Partners(folder / "masks", (".png",), ("_mask", "")), None)
    assert list(read(inputs, folder)) == ["a"]
    assert [(name, why) for name, why, _ in reasons(inputs)] == [
        ("b.png", "unusable mask"),
        ("c.png", "unusable mask"),
        ("d.png", "unusable mask"),
        ("e.png", "no mask"),
        ("f.png", "unreadable"),
    ]
    details = [detail for _, _, detail in reasons(inputs)]
    assert "is wholly black: nothing is to be painted in" in details[0]
    assert "is wholly white: nothing is seen" in details[1]
    assert "d.png is 16x32 for an image that is 32x32 upright" in details[2]


def test_an_image_without_a_clean_original_is_restored_and_counted(folder: Path) -> None:
    write_image(folder / "clean/a.bmp", part(50))
    write_image(folder / "clean/b.png", part(50)[:, ::2])
    (folder / "clean/c.png").write_bytes(b"none")
    inputs = Inputs(SPEC, None, Partners(folder / "clean"))
    assert read(inputs, folder) == {"a": True, "b": False, "c": False, "d": False, "e": False}
    assert [(name, why) for name, why, _ in reasons(inputs)] == [
        ("b.png", "no clean original"),
        ("c.png", "unreadable"),
        ("d.png", "no clean original"),
        ("e.png", "no clean original"),
        ("f.png", "unreadable"),
    ]


def test_every_pixel_of_the_graph_that_a_mask_touches_is_hidden() -> None:
    mask = np.zeros((32, 32), np.bool_)
    mask[8:11, 8:10] = True
    hidden = preprocessed_mask(mask, SPEC)
    assert hidden.shape == (16, 16)
    assert hidden[4:6, 4].all()
    assert hidden.sum() <= 4 * 4
    padded = InputSpec(height=16, width=32, channels=3, resize="pad", roi=Roi(x=0, y=0, width=1, height=1), margin=1.5)
    top = np.zeros((32, 32), np.bool_)
    top[:2] = True
    hidden_top = preprocessed_mask(top, padded)
    assert hidden_top[0, 8:24].all()
    assert not hidden_top[:, :8].any()
    assert not hidden_top[:, 24:].any()
    wide = InputSpec(height=16, width=16, channels=1, bit_depth=16, black=0.1, white=0.4, margin=1.5)
    np.testing.assert_array_equal(preprocessed_mask(mask, wide), hidden)
