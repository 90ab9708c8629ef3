"""Where the journal is."""

from pathlib import Path

from service.send.request import journal_path


def test_the_journal_is_beside_the_folder_however_it_is_called(tmp_path: Path) -> None:
    (tmp_path / "camera").mkdir()
    (tmp_path / "camera" / "a.png").touch()
    (tmp_path / "link").symlink_to("camera")
    beside = tmp_path / ".camera.left.sent"
    for given in (tmp_path / "camera", tmp_path / "link", tmp_path / "camera" / "a.png"):
        assert journal_path([given], "left", None) == beside
    assert journal_path([tmp_path], "left", Path("j")) == Path("j")
