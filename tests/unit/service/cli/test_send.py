"""The arguments of `linewatch send`; what it does has integration tests."""

from pathlib import Path

import pytest

from tests.support.linewatch_command import failure


def test_mistakes_are_told_before_anything_connects(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(tmp_path)
    start = ["send", folder, "--stream", "left"]
    mistakes = {
        "expected one of --move-to, --delete and --keep, found --move-to and --delete": ["--move-to", "x", "--delete"],
        "expected --key to be a regular expression": ["--key", "("],
        "expected --captured-at to be mtime, exif, now": ["--captured-at", "never"],
        "expected --timezone with --captured-at": ["--captured-at", "%Y%m%d"],
        "rate: Input should be greater than 0": ["--rate", "0"],
    }
    for sentence, options in mistakes.items():
        status, said = failure([*start, *options], capsys)
        assert status == 2, said
        assert sentence in said
        assert len(said.splitlines()) == 1


def test_a_stream_that_no_store_has_room_for_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, said = failure(["send", str(tmp_path), "--stream", "../left"], capsys)
    assert (status, len(said.splitlines())) == (2, 1)
    assert "stream: String should match pattern" in said


def test_a_folder_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, said = failure(["send", str(tmp_path / "away"), "--stream", "left"], capsys)
    assert status == 1
    assert "expected images or folders of them, found no" in said


def test_images_of_several_folders_need_a_journal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    status, said = failure(["send", str(tmp_path / "one"), str(tmp_path / "two"), "--stream", "left"], capsys)
    assert (status, said.strip()) == (
        2,
        "linewatch: expected --journal FILE, since the images are in 2 folders, found none; give one",
    )
