"""Bytes that nobody else can change."""

import tempfile
from pathlib import Path

import pytest

from service.scoring.private_copy import PrivateCopy


def test_a_copy_has_its_bytes_and_no_name_and_ends_with_its_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    copy = PrivateCopy(b"graph" * 1000)
    path = copy.path
    assert path.read_bytes() == b"graph" * 1000
    assert str(tmp_path) in str(path.readlink())
    assert not list(tmp_path.iterdir())
    del copy
    assert not path.exists()


def test_without_a_folder_for_temporary_files_it_is_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    copy = PrivateCopy(b"graph")
    assert copy.path.read_bytes() == b"graph"
    assert "memfd" in str(copy.path.readlink())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux")
def test_without_room_for_temporary_files_it_is_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: open("/dev/full", "wb", buffering=0))  # noqa: SIM115, PTH123
    before = len([*Path("/proc/self/fd").iterdir()])
    copy = PrivateCopy(b"graph" * 10_000)
    assert copy.path.read_bytes() == b"graph" * 10_000
    assert len([*Path("/proc/self/fd").iterdir()]) == before + 1
