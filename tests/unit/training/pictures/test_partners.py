from pathlib import Path, PurePath

import pytest

from tests.support.bundles import part
from tests.support.drawn_parts import write_image
from training.errors import TrainingError
from training.pictures.partners import Partners, named_images


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.png", "below/a.png", "below/b.c.png"):
        write_image(tmp_path / "images" / name, part(60))
    (tmp_path / "images/notes.txt").touch()
    return tmp_path / "images"


def test_images_are_called_by_their_path_below_the_folder_that_was_given(folder: Path) -> None:
    images, left_out = named_images([folder], set())
    assert [str(image.name) for image in images] == ["a", "below/a", "below/b.c"]
    assert [(each.path.name, str(each.why)) for each in left_out] == [("notes.txt", "not an image")]
    images, _ = named_images([folder / "below/a.png", folder / "below/a.png"], set())
    assert [str(image.name) for image in images] == ["a"]


def test_two_images_of_one_name_are_refused_with_what_to_do(folder: Path) -> None:
    with pytest.raises(
        TrainingError, match=r"differ in more than their endings, found .*images/a.png and .*below/a.png"
    ):
        named_images([folder / "a.png", folder / "below"], set())
    with pytest.raises(TrainingError, match="expected no image called a, as a file of the results is"):
        named_images([folder], {PurePath("a")})
    with pytest.raises(TrainingError, match="found nothing at"):
        named_images([folder / "none.png"], set())


def test_one_file_is_every_images_partner_and_a_folder_has_one_by_name(folder: Path) -> None:
    one = Partners(folder / "a.png")
    assert one.is_one
    assert one.of(PurePath("whatever")) == folder / "a.png"
    many = Partners(folder)
    assert not many.is_one
    assert many.of(PurePath("below/b.c")) == folder / "below/b.c.png"
    assert many.of(PurePath("b.c")) is None


def test_masks_may_have_a_suffix_and_are_no_jpeg(folder: Path) -> None:
    write_image(folder / "below/a_mask.png", part(60))
    (folder / "c.jpg").touch()
    masks = Partners(folder, (".png",), ("_mask", ""))
    assert masks.of(PurePath("below/a")) == folder / "below/a_mask.png"
    assert masks.of(PurePath("a")) == folder / "a.png"
    assert masks.of(PurePath("c")) is None
    with pytest.raises(TrainingError, match=r"expected images \(.png\) in .*c.jpg, found none"):
        Partners(folder / "c.jpg", (".png",))
    with pytest.raises(TrainingError, match="found nothing at"):
        Partners(folder / "none")
