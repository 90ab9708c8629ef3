"""Looking for image files."""

import os
from pathlib import Path

from service.send.looking import Looker


def names(looker: Looker) -> set[str]:
    return {file.below.as_posix() for file in looker.look().files.values()}


def test_images_of_all_depths_are_found_but_temporary_and_hidden_ones_and_folders_apart(tmp_path: Path) -> None:
    for name in ("a.png", "2026/b.jpg", "c.png.part", ".d.png", "e.tmp", "done/f.png", ".rejected/g.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert names(Looker([tmp_path], [tmp_path / "done", Path("/elsewhere")])) == {"a.png", "2026/b.jpg"}


def test_a_file_that_is_given_twice_is_there_once(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    assert names(Looker([tmp_path, tmp_path / "a.png", tmp_path], [])) == {"a.png"}


def test_identities_do_not_depend_on_how_a_folder_is_called(tmp_path: Path) -> None:
    (tmp_path / "camera").mkdir()
    (tmp_path / "camera" / "a.png").touch()
    (tmp_path / "link").symlink_to("camera")
    ways = [tmp_path / "camera", tmp_path / "link", tmp_path / "camera" / "a.png"]
    identities = {identity for way in ways for identity in Looker([way], []).look().files}
    assert identities == {os.fsencode(tmp_path / "camera" / "a.png")}


def test_what_cannot_be_looked_at_is_a_trouble(tmp_path: Path) -> None:
    (tmp_path / "loop.png").symlink_to("loop.png")
    (tmp_path / "gone.png").symlink_to("nowhere")
    looker = Looker([tmp_path, tmp_path / "away"], [])
    look = looker.look()
    assert look.files == {}
    assert [path.name for path in look.troubles] == ["loop.png"]


def test_names_that_are_no_utf_8_are_found(tmp_path: Path) -> None:
    name = os.fsdecode(b"pr\xe4fling.png")
    (tmp_path / name).touch()
    assert list(Looker([tmp_path], []).look().files) == [os.fsencode(tmp_path) + b"/pr\xe4fling.png"]
