from pathlib import Path

import pytest

from deploy.demo.images import check_layout, images_to_stream
from deploy.devtools.errors import DemoError


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name in (
        "train/good/a.png",
        "test/good/b.JPG",
        "test/crack/c.tiff",
        "test/crack/deep/d.bmp",
        "test/readme.txt",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_every_image_under_test_is_streamed_with_its_folders_name(data: Path) -> None:
    check_layout(data)
    found = {(image.path.name, image.label, image.is_normal) for image in images_to_stream(data, seed=0)}
    assert found == {("b.JPG", "good", True), ("c.tiff", "crack", False), ("d.bmp", "crack", False)}


def test_the_order_depends_on_the_seed_alone(data: Path) -> None:
    for number in range(20):
        (data / "test" / "good" / f"{number}.png").touch()
    assert images_to_stream(data, seed=1) == images_to_stream(data, seed=1)
    assert images_to_stream(data, seed=1) != images_to_stream(data, seed=2)


def test_part_ids_differ_even_where_file_names_do_not(data: Path) -> None:
    (data / "test" / "good" / "c.tiff").touch()
    assert len({image.part_id for image in images_to_stream(data, seed=0)}) == 4


def test_at_most_the_wanted_number_is_streamed(data: Path) -> None:
    assert len(images_to_stream(data, seed=0, most=2)) == 2


def test_a_folder_without_normal_images_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="Expected a folder in MVTec layout"):
        check_layout(tmp_path)


def test_a_test_folder_without_images_is_refused(tmp_path: Path) -> None:
    (tmp_path / "test" / "good").mkdir(parents=True)
    with pytest.raises(DemoError, match="Expected images under"):
        images_to_stream(tmp_path, seed=0)
