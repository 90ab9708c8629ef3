"""What becomes of files: never another one than was sent."""

import os
from pathlib import Path

import pytest

from service.send.disposal import Disposal, NotNow, Replaced, move
from tests.support.found_files import found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "camera" / "2026" / "a.png"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"old")
    return path


def files(folder: Path) -> dict[str, bytes]:
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def test_keeping_does_nothing(path: Path) -> None:
    disposal = Disposal("keep", None, None)
    disposal.dispose(found(path))
    assert disposal.keeps
    assert path.exists()


def test_a_moved_file_keeps_its_folder_and_writes_over_nothing(path: Path, tmp_path: Path) -> None:
    disposal = Disposal("move", tmp_path / "done", None)
    for data in (b"1", b"2", b"3"):
        path.write_bytes(data)
        disposal.dispose(found(path, "2026/a.png"))
    assert files(tmp_path / "done") == {"2026/a.png": b"1", "2026/a~2.png": b"2", "2026/a~3.png": b"3"}
    assert files(tmp_path / "camera") == {}


def test_a_file_is_rejected_into_a_hidden_folder_of_its_own_one(path: Path, tmp_path: Path) -> None:
    place = Disposal("keep", None, None).reject(found(path, "2026/a.png"))
    assert place == tmp_path / "camera" / ".rejected" / "2026" / "a.png"
    assert place.read_bytes() == b"old"


@pytest.mark.parametrize("mode", ["move", "delete"])
def test_a_new_picture_under_the_name_stays(path: Path, tmp_path: Path, mode: str) -> None:
    sent = found(path, "2026/a.png")
    path.write_bytes(b"new picture")
    disposal = Disposal("move", tmp_path / "done", None) if mode == "move" else Disposal("delete", None, None)
    with pytest.raises(Replaced):
        disposal.dispose(sent)
    assert files(tmp_path) == {"camera/2026/a.png": b"new picture"}


@pytest.mark.parametrize("mode", ["move", "delete"])
def test_a_file_that_is_gone_is_no_error(path: Path, tmp_path: Path, mode: str) -> None:
    sent = found(path)
    path.unlink()
    disposal = Disposal("move", tmp_path / "done", None) if mode == "move" else Disposal("delete", None, None)
    with pytest.raises(Replaced):
        disposal.dispose(sent)
    assert files(tmp_path) == {}


def test_a_link_is_moved_as_a_copy_and_what_it_leads_to_stays(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "camera" / "link.png"
    link.symlink_to(path)
    move(found(link, "link.png"), tmp_path / "done")
    assert files(tmp_path) == {"camera/2026/a.png": b"old", "done/link.png": b"old"}
    link.symlink_to(path)
    Disposal("delete", None, None).dispose(found(link))
    assert files(tmp_path / "camera") == {"2026/a.png": b"old"}
    assert not link.is_symlink()


def test_a_link_that_is_rejected_is_moved_itself(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "camera" / "link.png"
    link.symlink_to(path)
    place = Disposal("keep", None, None).reject(found(link, "link.png"))
    assert place.readlink() == path
    assert not link.is_symlink()


def test_a_device_is_never_copied(tmp_path: Path) -> None:
    link = tmp_path / "endless.png"
    link.symlink_to("/dev/zero")
    with pytest.raises(NotNow, match="it is no regular file"):
        move(found(link), tmp_path / "done")
    assert files(tmp_path / "done") == {}


def test_another_file_system_gets_a_whole_copy_with_its_time(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.send.disposal._is_one_device", lambda *_: False)
    os.utime(path, ns=(5, 1_700_000_000_000_000_000))
    place = move(found(path), tmp_path / "done")
    assert (place.read_bytes(), place.stat().st_mtime) == (b"old", 1_700_000_000)
    assert files(tmp_path) == {"done/a.png": b"old"}


def test_a_full_disk_leaves_the_file_and_nothing_half(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("service.send.disposal._is_one_device", lambda *_: False)
    monkeypatch.setattr("shutil.copyfileobj", full)
    with pytest.raises(NotNow, match="No space left on device"):
        move(found(path), tmp_path / "done")
    assert files(tmp_path) == {"camera/2026/a.png": b"old"}


def test_a_folder_that_cannot_be_is_told(path: Path, tmp_path: Path) -> None:
    (tmp_path / "done").write_text("a file")
    with pytest.raises(NotNow):
        move(found(path), tmp_path / "done")
    assert path.exists()
