from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from service.scoring.bundle import Bundle, read_bundle
from tests.support.bundles import SIDE
from tests.support.drawn_parts import write_image
from tests.support.latents import plain, write_coded_bundle
from tests.support.reconstructing import write_reconstructing_bundle
from tests.support.tiny_training import QUIET
from training.errors import TrainingError
from training.pictures.comparison import MOST_ROWS
from training.pictures.restore import Restored, RestoreRequest, restore

GIVEN = plain(200, 100)


@pytest.fixture
def dimming(tmp_path: Path) -> Bundle:
    return read_bundle(write_reconstructing_bundle(tmp_path / "store"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_image(tmp_path / "images/a.png", GIVEN)
    write_image(tmp_path / "images/below/b.bmp", GIVEN)
    return tmp_path


def rgb(path: Path) -> NDArray[np.uint8]:
    image = cv2.imread(str(path))
    assert image is not None
    return np.asarray(image[..., ::-1], np.uint8)


def restored(bundle: Bundle, folder: Path, **more: object) -> Restored:
    request: dict[str, Any] = {"bundle": bundle, "images": [folder / "images"], "out": folder / "out", **more}
    return restore(RestoreRequest(**request), QUIET)


def test_each_result_is_a_png_of_its_images_name_beside_a_sheet(dimming: Bundle, folder: Path) -> None:
    done = restored(dimming, folder)
    assert [each.result for each in done.images] == [folder / "out/a.png", folder / "out/below/b.png"]
    for each in done.images:
        np.testing.assert_array_equal(rgb(each.result), plain(100, 50))
        assert each.compared is None
    assert done.sheet == folder / "out/sheet.png"
    assert rgb(done.sheet).shape[0] > 2 * SIDE


def test_what_a_mask_hides_is_painted_in_and_all_else_is_as_it_was(tmp_path: Path, folder: Path) -> None:
    bundle = read_bundle(write_coded_bundle(tmp_path / "coded"))
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[8:16, 8:16] = 255
    write_image(folder / "images/a.png", np.where(mask[..., np.newaxis] > 0, np.uint8(9), GIVEN))
    write_image(folder / "mask.png", mask)
    done = restored(bundle, folder, mask=folder / "mask.png")
    made = rgb(done.images[0].result)
    np.testing.assert_array_equal(made[mask == 0], GIVEN[mask == 0])
    assert np.abs(made.astype(int) - GIVEN).max() <= 1


def test_results_are_measured_against_clean_originals(dimming: Bundle, folder: Path) -> None:
    write_image(folder / "clean/a.png", plain(100, 50))
    done = restored(dimming, folder, against=folder / "clean")
    first, second = done.images
    assert first.compared is not None
    assert first.compared.given.psnr is not None
    assert first.compared.restored.psnr is None
    assert second.compared is None
    assert [str(each.why) for each in done.left_out] == ["no clean original"]


def test_noise_is_added_by_the_seed_and_measured_against_the_images_before_it(tmp_path: Path, folder: Path) -> None:
    bundle = read_bundle(write_coded_bundle(tmp_path / "coded"))
    first, again = (restored(bundle, folder, noise=0.2) for _ in range(2))
    assert first == again
    other = restored(bundle, folder, noise=0.2, seed=1)
    for each in first.images:
        assert each.compared is not None
        assert each.compared.given.psnr is not None
        assert each.compared.restored.psnr is not None
        assert each.compared.given.psnr < each.compared.restored.psnr
    assert first.images != other.images


def test_the_sheet_has_no_more_rows_than_people_look_at(dimming: Bundle, folder: Path) -> None:
    for number in range(MOST_ROWS + 2):
        write_image(folder / f"images/many/{number}.png", GIVEN)
    full = rgb(restored(dimming, folder).sheet).shape[0]
    for path in (folder / "images/many").iterdir():
        path.unlink()
    two = rgb(restored(dimming, folder).sheet).shape[0]
    assert full < (MOST_ROWS + 1) * two / 2


def test_results_never_lie_among_or_over_what_is_read(dimming: Bundle, folder: Path) -> None:
    images = folder / "images"
    for given, out in (([images], images / "out"), ([images / "a.png"], images), ([images], images)):
        with pytest.raises(TrainingError, match="expected --out apart from what is read"):
            restore(RestoreRequest(dimming, given, out), QUIET)
    np.testing.assert_array_equal(rgb(images / "a.png"), GIVEN)
    write_image(folder / "clean/a.png", GIVEN)
    with pytest.raises(TrainingError, match="expected --out apart from what is read"):
        restored(dimming, folder, out=folder / "clean/new", against=folder / "clean")


def test_what_cannot_be_restored_at_all_is_refused_in_one_sentence(dimming: Bundle, folder: Path) -> None:
    with pytest.raises(TrainingError, match="expected a folder of clean originals for 2 images, found the file"):
        restored(dimming, folder, against=folder / "images/a.png")
    (folder / "other").mkdir()
    write_image(folder / "other/z.png", GIVEN)
    with pytest.raises(TrainingError, match=r"expected clean originals by the names .*other, found none"):
        restored(dimming, folder, against=folder / "other")
    assert not (folder / "out").exists()
    (folder / "out").touch()
    with pytest.raises(TrainingError, match=r"expected to write .*out"):
        restored(dimming, folder)
    for path in (folder / "images/a.png", folder / "images/below/b.bmp"):
        path.write_bytes(b"none")
    with pytest.raises(TrainingError, match=r"found none among 2 \(the first: expected JPEG"):
        restored(dimming, folder)
