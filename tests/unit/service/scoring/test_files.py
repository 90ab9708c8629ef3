"""Bounded reads of regular files."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from service.scoring.files import file_digest, read_file

Read = Callable[[Path, int], object]


def test_a_file_is_read_whole_up_to_the_limit(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"12345")
    assert read_file(file, 5) == b"12345"
    assert file_digest(file, 5) == hashlib.sha256(b"12345").hexdigest()


@pytest.mark.parametrize("read", [read_file, file_digest])
def test_a_larger_one_is_refused(tmp_path: Path, read: Read) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"12345")
    with pytest.raises(OSError, match="larger than 4 bytes"):
        read(file, 4)


@pytest.mark.parametrize("read", [read_file, file_digest])
def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path, read: Read) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)  # nobody ever writes into it: to open it would wait for ever
    for path in (fifo, tmp_path, Path(os.devnull), Path("/dev/zero")):
        with pytest.raises(OSError, match="no regular file"):
            read(path, 1 << 20)


def test_a_file_that_becomes_a_fifo_before_it_is_opened_is_refused_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fifo, file = tmp_path / "fifo", tmp_path / "file"
    os.mkfifo(fifo)
    file.write_bytes(b"")
    regular = file.stat()
    monkeypatch.setattr(Path, "stat", lambda _path, **_options: regular)
    with pytest.raises(OSError, match="no regular file"):
        read_file(fifo, 5)


def test_a_loop_of_links_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(OSError, match="Too many levels"):
        read_file(tmp_path / "a", 5)
