import errno
import os
import stat
from pathlib import Path

import pytest

from training.bundles.files import replace_file, sync
from training.errors import TrainingError


def test_a_file_is_replaced_as_a_whole_and_nothing_else_is_left(tmp_path: Path) -> None:
    file = tmp_path / "champion"
    for content in ("first\n", "second\n"):
        replace_file(file, content)
        assert file.read_text() == content
    assert list(tmp_path.iterdir()) == [file]


def test_a_write_that_fails_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "champion"
    replace_file(file, "first")

    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(TrainingError, match=r"expected to write .*champion, found that it cannot be: No space left"):
        replace_file(file, "second")
    assert file.read_text() == "first"
    assert list(tmp_path.iterdir()) == [file], "and nothing half-written stays"


def test_content_is_synced_before_the_name_and_the_folder_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, synced = tmp_path / "champion", list[tuple[bool, bool]]()

    def note(descriptor: int) -> None:
        synced.append((stat.S_ISDIR(os.fstat(descriptor).st_mode), file.exists()))

    monkeypatch.setattr("os.fsync", note)
    replace_file(file, "first")
    assert synced == [(False, False), (True, True)]


def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    before = set(Path("/dev/fd").iterdir())
    sync(tmp_path)
    assert set(Path("/dev/fd").iterdir()) == before
