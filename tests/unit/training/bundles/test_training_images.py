import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest

from service.record.image_archive import Archive
from service.scoring.bundle import read_bundle
from tests.support.bundles import write_bundle
from tests.support.inspection_log import silent, speckled
from training.bundles.training_images import (
    NORMAL_SET,
    TrainingImage,
    archive_images,
    copy_images,
    read_training_images,
    training_images,
)
from training.data.normal_set import ImageFile
from training.data.split import Split
from training.errors import TrainingError

ODD = (os.fsdecode(b"pr\xe4f.png"), r"as it is \xe4.png", "Prüfling.png")


def image_files(folder: Path, count: int) -> list[ImageFile]:
    folder.mkdir()
    found = []
    for number in range(count):
        path, data = folder / f"{number}.bin", speckled(number)
        path.write_bytes(data)
        found.append(ImageFile(path, hashlib.sha256(data).hexdigest(), 32, 32, 8, colour=True))
    return found


def written(tmp_path: Path, count: int = 10) -> tuple[list[ImageFile], list[TrainingImage]]:
    images = image_files(tmp_path / "images", count)
    parts = Split(fit=tuple(images[4:]), validation=tuple(images[3:4]), calibration=tuple(images[:3]))
    lines = training_images(parts, frozenset({images[0].digest}))
    bundle = read_bundle(write_bundle(tmp_path / "store", more={NORMAL_SET: lines}))
    return images, read_training_images(bundle)


def test_a_bundle_says_what_it_was_fitted_on_and_what_of_it_is_original(tmp_path: Path) -> None:
    images, normals = written(tmp_path)
    assert {normal.sha256 for normal in normals} == {image.digest for image in images}
    roles = [normal.role for normal in normals]
    assert [roles.count(role) for role in ("fit", "validation", "calibration")] == [6, 1, 3]
    assert [normal.sha256 for normal in normals if not normal.original] == [images[0].digest]
    assert all(Path(normal.path).is_absolute() for normal in normals)


def test_images_are_found_at_their_paths_or_in_the_archive(tmp_path: Path) -> None:
    images, normals = written(tmp_path)
    archive = Archive(str(tmp_path / "archive"))
    archive_images(images[:2], archive)
    images[0].path.unlink()
    images[1].path.write_bytes(b"another image")
    images[2].path.unlink()
    found = copy_images(normals, tmp_path / "in", archive, silent())
    assert str(found) == "9 of 10 images of the previous normal set found"
    for path, normal in found.images.items():
        assert path.suffix == ".png"
        assert hashlib.sha256(path.read_bytes()).hexdigest() == normal.sha256 == path.stem
    assert images[2].digest not in {normal.sha256 for normal in found.images.values()}


def test_too_few_of_them_are_refused(tmp_path: Path) -> None:
    images, normals = written(tmp_path)
    for image in images[:3]:
        image.path.unlink()
    with pytest.raises(
        TrainingError, match=r"at least 80% of the 10 images .*, found 7 at their paths or in the archive"
    ):
        copy_images(normals, tmp_path / "in", Archive(str(tmp_path / "archive")), silent())


def test_a_bundle_of_an_earlier_release_is_refused(tmp_path: Path) -> None:
    bundle = read_bundle(write_bundle(tmp_path))
    with pytest.raises(TrainingError, match=r"expected normal-set\.jsonl in bundle"):
        read_training_images(replace(bundle))


def test_an_image_whose_name_is_no_text_is_recorded_and_found_again(tmp_path: Path) -> None:
    images, _ = written(tmp_path)
    odd = [
        replace(image, path=image.path.rename(image.path.with_name(name)))
        for image, name in zip(images, ODD, strict=False)
    ]
    lines = training_images(Split(fit=tuple(odd), validation=(), calibration=()), frozenset())
    normals = [TrainingImage.model_validate_json(line) for line in lines.splitlines()]
    assert normals[0].path.endswith(r"pr\xe4f.png")
    found = copy_images(normals, tmp_path / "in", Archive(str(tmp_path / "archive")), silent())
    assert len(found.images) == len(ODD)
