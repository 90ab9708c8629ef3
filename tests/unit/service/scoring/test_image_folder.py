import os
from collections import Counter
from pathlib import Path

import pytest

from service.scoring.image_folder import PassedOver, find_image_files, is_passed_over


def write(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")


def link(at: Path, to: Path) -> None:
    at.parent.mkdir(parents=True, exist_ok=True)
    at.symlink_to(to, target_is_directory=True)


def names(root: Path) -> list[str]:
    return [str(path.relative_to(root)) for path in find_image_files(root).images]


def test_images_are_known_by_their_suffix_in_any_case_at_any_depth(tmp_path: Path) -> None:
    images = ["a.JFIF", "b.jpe", "b/c.TIF", "b/d/e.Jpeg", "f.tiff", "g.bmp", "h.PNG"]
    write(tmp_path, *images, "notes.txt", "b/raw.dng", "png", "i.png.part")
    found = find_image_files(tmp_path)
    assert sorted(str(path.relative_to(tmp_path)) for path in found.images) == sorted(images)
    assert list(found.images) == sorted(found.images)
    assert Counter(each.why for each in found.passed) == {PassedOver.NOT_AN_IMAGE: 4}


@pytest.mark.parametrize(
    "folder",
    [
        *(".Trash-1000", ".git", ".AppleDouble", "@eaDir", "#recycle", "$RECYCLE.BIN", "__MACOSX"),
        *("System Volume Information", "lost+found", "@EADIR"),
    ],
)
def test_folders_of_systems_are_no_part_of_a_set_at_any_depth(folder: str, tmp_path: Path) -> None:
    write(tmp_path, "a.png", f"{folder}/b.png", f"c/d/{folder}/e/f.png", f"c/d/{folder}/e/g.txt")
    found = find_image_files(tmp_path)
    assert names(tmp_path) == ["a.png"]
    assert [each.files for each in found.passed] == [2, 1] if folder > "c" else [1, 2]
    assert {each.why for each in found.passed} == {is_passed_over(folder)}
    assert sum("files in it: 2, images by their names: 1" in each.detail for each in found.passed) == 1


@pytest.mark.parametrize("name", [".data", "@eaDir", "lost+found"])
def test_the_folder_that_is_asked_for_may_have_any_name(name: str, tmp_path: Path) -> None:
    write(tmp_path / name, "a.png")
    assert names(tmp_path / name) == ["a.png"]


def test_linked_folders_are_followed_once_and_loops_left_out(tmp_path: Path) -> None:
    write(tmp_path, "elsewhere/deep/x.png", "elsewhere/y.png", "data/a.png", "data/real/b.png")
    link(tmp_path / "data/1-deep", tmp_path / "elsewhere/deep")
    link(tmp_path / "data/2-all", tmp_path / "elsewhere")
    link(tmp_path / "data/3-again", tmp_path / "elsewhere")
    link(tmp_path / "data/4-real", tmp_path / "data/real")
    link(tmp_path / "data/real/up", tmp_path / "data")
    link(tmp_path / "data/real/root", Path("/"))
    link(tmp_path / "elsewhere/deep/loop", tmp_path / "elsewhere")
    found = find_image_files(tmp_path / "data")
    assert names(tmp_path / "data") == ["1-deep/x.png", "2-all/y.png", "a.png", "real/b.png"]
    assert [str(each.path.relative_to(tmp_path / "data")) for each in found.passed] == [
        *("1-deep/loop", "2-all/deep", "3-again", "4-real", "real/root", "real/up")
    ]
    assert {each.why for each in found.passed} == {PassedOver.LINKED_AGAIN}


def test_two_folders_that_link_to_each_other_end(tmp_path: Path) -> None:
    write(tmp_path, "a/1.png", "b/2.png", "data/0.png")
    link(tmp_path / "a/b", tmp_path / "b")
    link(tmp_path / "b/a", tmp_path / "a")
    link(tmp_path / "data/a", tmp_path / "a")
    assert names(tmp_path / "data") == ["0.png", "a/1.png", "a/b/2.png"]
    link(tmp_path / "self", tmp_path / "self")
    assert [each.why for each in find_image_files(tmp_path / "data").passed] == [PassedOver.LINKED_AGAIN]


def test_what_is_no_file_is_for_its_reader_to_refuse(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "gone.png").symlink_to(tmp_path / "nowhere")
    (tmp_path / "self.png").symlink_to(tmp_path / "self.png")
    write(tmp_path, "folder.png/inside.png")
    assert names(tmp_path) == ["folder.png/inside.png", "gone.png", "pipe.png", "self.png"]


def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a.png", "closed/b.png")
    read = os.scandir

    def refuse(folder: Path) -> object:
        if Path(folder).name == "closed":
            raise PermissionError(13, "Permission denied", str(folder))
        return read(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    (closed,) = find_image_files(tmp_path).passed
    assert (closed.path, closed.why) == (tmp_path / "closed", PassedOver.UNREADABLE_FOLDER)
    assert closed.detail == "it cannot be looked through: Permission denied"
    with pytest.raises(PermissionError):
        find_image_files(tmp_path / "closed")


def test_names_that_are_no_text_are_names(tmp_path: Path) -> None:
    write(tmp_path, os.fsdecode(b"pr\xe4f/\xff.png"), "a.png")
    assert [os.fsencode(name) for name in names(tmp_path)] == [b"a.png", b"pr\xe4f/\xff.png"]


def test_a_link_into_a_hidden_folder_of_the_set_is_followed(tmp_path: Path) -> None:
    (tmp_path / ".store/batch").mkdir(parents=True)
    (tmp_path / ".store/batch/0.png").touch()
    (tmp_path / "batch").symlink_to(tmp_path / ".store/batch", target_is_directory=True)
    assert [str(path.relative_to(tmp_path)) for path in find_image_files(tmp_path).images] == ["batch/0.png"]
