import os
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from rich.console import Console

from tests.support.drawn_parts import draw_part, write_image
from tests.support.encoded import encoded
from training.data.exclusions import ExclusionReason, counts
from training.data.folder import find_layout
from training.data.normal_set import NormalSet, scan
from training.errors import TrainingError
from training.progress import Progress


def scanned(folder: Path) -> NormalSet:
    return scan(find_layout(folder), Progress(Console(quiet=True)))


def fill(folder: Path, count: int = 20, side: int = 32, bit_depth: int = 8) -> None:
    for i in range(count):
        write_image(folder / f"{i:03}.png", draw_part(i, side=side, bit_depth=bit_depth))


def blank(path: Path, width: int, height: int, shade: int) -> None:
    write_image(path, np.full((height, width), shade, np.uint8))


def test_a_plain_folder_is_read_at_any_depth_and_in_any_format(tmp_path: Path) -> None:
    for i, name in enumerate(("a.png", "b/c.JPG", "b/d/e.bmp", "f.tiff")):
        write_image(tmp_path / name, draw_part(i))
    found = scanned(tmp_path)
    assert {image.path.name for image in found.images} == {"a.png", "c.JPG", "e.bmp", "f.tiff"}
    assert not found.left_out


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"expected normal images .* found an empty folder"):
        scanned(tmp_path)


def test_whatever_is_left_out_is_listed_with_its_reason(tmp_path: Path) -> None:
    fill(tmp_path, 24)
    (tmp_path / "again.png").write_bytes((tmp_path / "003.png").read_bytes())
    (tmp_path / "cut.png").write_bytes((tmp_path / "004.png").read_bytes()[:100])
    (tmp_path / "notes.txt").write_text("line 4")
    write_image(tmp_path / "thumbnail.png", draw_part(99, side=12))
    found = scanned(tmp_path)
    assert {item.path.name: item.why for item in found.left_out} == {
        "again.png": ExclusionReason.DUPLICATE,
        "cut.png": ExclusionReason.UNREADABLE,
        "notes.txt": ExclusionReason.NOT_AN_IMAGE,
        "thumbnail.png": ExclusionReason.ODD_SIZE,
    }
    assert len(found.images) == 24
    assert counts(found.left_out) == {"duplicate": 1, "unreadable": 1, "not an image": 1, "odd size": 1}


def test_a_damaged_jpeg_is_never_learnt(tmp_path: Path) -> None:
    """Its end marker is there, but not all of its data: most decoders give pixels and a warning that nobody sees."""
    fill(tmp_path, 24, side=128)
    data = encoded(".jpg", draw_part(24, side=128))
    (tmp_path / "lost.jpg").write_bytes(data[: len(data) // 2] + data[len(data) // 2 + 300 :])
    found = scanned(tmp_path)
    assert [(left.path.name, left.why) for left in found.left_out] == [("lost.jpg", ExclusionReason.UNREADABLE)]


def test_what_would_hang_its_reader_is_left_out(tmp_path: Path) -> None:
    fill(tmp_path)
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "gone.png").symlink_to(tmp_path / "nowhere.png")
    found = scanned(tmp_path)
    assert {left.path.name for left in found.left_out} == {"pipe.png", "gone.png"}


def test_sizes_that_vary_by_nature_are_one_set(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    for i in range(80):
        width, height = int(random.uniform(103, 632)), int(random.uniform(222, 403))
        blank(tmp_path / f"{i}.png", width, height, shade=i)
    assert len(scanned(tmp_path).images) == 80


def test_a_turned_image_among_oblong_ones_is_odd(tmp_path: Path) -> None:
    for i in range(30):
        blank(tmp_path / f"{i}.png", 40, 30, shade=i)
    blank(tmp_path / "turned.png", 30, 40, shade=99)
    assert [item.path.name for item in scanned(tmp_path).left_out] == ["turned.png"]


def test_two_size_classes_are_refused(tmp_path: Path) -> None:
    fill(tmp_path / "a", 20, side=64)
    fill(tmp_path / "b", 5, side=24)
    with pytest.raises(TrainingError, match="found 5 odd size"):
        scanned(tmp_path)


def test_many_unreadable_images_are_refused(tmp_path: Path) -> None:
    fill(tmp_path, 20)
    for i in range(3):
        (tmp_path / f"bad{i}.jpg").write_bytes(b"\xff\xd8\xff and no more")
    with pytest.raises(TrainingError, match="found 3 unreadable"):
        scanned(tmp_path)


def test_mixed_bit_depths_are_refused_by_name(tmp_path: Path) -> None:
    fill(tmp_path, 20)
    write_image(tmp_path / "deep.png", draw_part(99, bit_depth=16, side=32))
    with pytest.raises(TrainingError, match=r"20 images of 8 bits and 1 of 16 bits \(deep.png\)"):
        scanned(tmp_path)


def test_the_set_is_mono_only_if_every_image_is(tmp_path: Path) -> None:
    for i in range(4):
        write_image(tmp_path / f"{i}.png", draw_part(i, colour=False))
    assert not any(image.colour for image in scanned(tmp_path).images)
    write_image(tmp_path / "colour.png", draw_part(9))
    assert any(image.colour for image in scanned(tmp_path).images)


def test_the_digest_depends_on_content_not_on_names(tmp_path: Path) -> None:
    fill(tmp_path / "a", 5)
    for number, path in enumerate(sorted((tmp_path / "a").iterdir(), reverse=True)):
        (tmp_path / "b").mkdir(exist_ok=True)
        (tmp_path / "b" / f"x{number}.png").write_bytes(path.read_bytes())
    first, second = scanned(tmp_path / "a"), scanned(tmp_path / "b")
    assert first.digest == second.digest
    write_image(tmp_path / "b/new.png", draw_part(50, side=32))
    assert scanned(tmp_path / "b").digest != first.digest


def test_sixteen_bits_are_noticed(tmp_path: Path) -> None:
    fill(tmp_path, 4, bit_depth=16)
    found = scanned(tmp_path)
    assert {image.bit_depth for image in found.images} == {16}


def write_photographs(folder: Path, parts: int, shots: int) -> None:
    """Textured surfaces, each photographed a few times: a pixel aside, in other light."""
    for part in range(parts):
        noise = np.random.default_rng(part).standard_normal((36, 36)).astype(np.float32)
        surface = cv2.GaussianBlur(noise, (0, 0), 1.5)
        for shot in range(shots):
            seen = surface[shot % 3 : shot % 3 + 32, :32] / surface.std()
            write_image(
                folder / f"{part}-{shot}.png", (110 + 8 * shot + (20 - shot) * seen).clip(0, 255).astype(np.uint8)
            )


def test_near_duplicates_are_known_as_one_part_whatever_their_names(tmp_path: Path) -> None:
    write_photographs(tmp_path / "a", parts=20, shots=3)
    found = scanned(tmp_path / "a")
    assert (found.parts, found.near_duplicates, found.parts_with_duplicates, found.too_large_group) == (20, 60, 20, 0)
    members: dict[str, set[str]] = {}
    for image in found.images:
        members.setdefault(image.part, set()).add(image.path.name.split("-")[0])
    assert all(len(names) == 1 for names in members.values())
    (tmp_path / "b").mkdir()
    for number, image in enumerate(reversed(found.images)):
        (tmp_path / f"b/{number:03}.png").write_bytes(image.path.read_bytes())
    renamed = {image.digest: image.part for image in scanned(tmp_path / "b").images}
    assert renamed == {image.digest: image.part for image in found.images}


def test_parts_that_only_look_alike_are_each_their_own(tmp_path: Path) -> None:
    fill(tmp_path, 60)
    found = scanned(tmp_path)
    assert (found.parts, found.near_duplicates, found.parts_with_duplicates) == (60, 0, 0)


def test_one_picture_in_several_formats_or_with_other_metadata_is_one_image(tmp_path: Path) -> None:
    fill(tmp_path, 24)
    write_image(tmp_path / "000-again.bmp", draw_part(0, side=32))
    write_image(tmp_path / "001-again.tiff", draw_part(1, side=32))
    data = (tmp_path / "002.png").read_bytes()
    text = b"tEXtComment\0once more"
    chunk = (len(text) - 4).to_bytes(4, "big") + text + zlib.crc32(text).to_bytes(4, "big")
    (tmp_path / "002-again.png").write_bytes(data[:33] + chunk + data[33:])
    (tmp_path / "3-again.png").write_bytes((tmp_path / "003.png").read_bytes())
    found = scanned(tmp_path)
    # The first by path is kept: "-" comes before ".".
    assert {left.path.name: left.detail for left in found.left_out} == {
        "000.png": f"same pixels as {tmp_path / '000-again.bmp'}",
        "001.png": f"same pixels as {tmp_path / '001-again.tiff'}",
        "002.png": f"same pixels as {tmp_path / '002-again.png'}",
        "3-again.png": f"same content as {tmp_path / '003.png'}",
    }
    assert {left.why for left in found.left_out} == {ExclusionReason.DUPLICATE}
    assert len({image.digest for image in found.images}) == len(found.images) == 24


def test_a_frozen_camera_is_refused_before_anything_is_left_out(tmp_path: Path) -> None:
    fill(tmp_path, 54)
    for i in range(6):
        write_image(tmp_path / f"frozen{i}.{'png' if i % 2 else 'bmp'}", draw_part(99, side=32))
    assert counts(scanned(tmp_path).left_out) == {"duplicate": 5}  # six of sixty: an accident
    write_image(tmp_path / "frozen6.png", draw_part(99, side=32))
    with pytest.raises(TrainingError, match=r"found the same pixels in 7 of 61 images \(frozen0.bmp, .* and 4 more\)"):
        scanned(tmp_path)


def test_where_none_can_be_read_the_first_is_named(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(name.encode())
    with pytest.raises(TrainingError, match=r"found 2 that cannot be read \(the first, a\.png: "):
        scanned(tmp_path)
