from pathlib import Path

import pytest

from service.record.image_archive import Archive, ArchiveError


def test_an_image_is_found_by_its_digest(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path / "archive"))
    assert archive.read(archive.put(b"pixels")) == b"pixels"


def test_the_same_image_is_stored_once(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path / "archive"))
    assert archive.put(b"pixels") == archive.put(b"pixels")
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_any_file_system_that_fsspec_knows_will_do() -> None:
    archive = Archive("memory://linewatch-archive")
    assert archive.read(archive.put(b"pixels")) == b"pixels"


def test_what_is_not_stored_is_none(tmp_path: Path) -> None:
    assert Archive(str(tmp_path)).read("0" * 64) is None


def test_altered_bytes_are_refused(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))
    digest = archive.put(b"pixels")
    (tmp_path / digest[:2] / digest).write_bytes(b"others")
    with pytest.raises(ArchiveError, match="unaltered"):
        archive.read(digest)


@pytest.mark.parametrize("root", ["nosuch://bucket", "/proc/no/such/place"])
def test_an_archive_that_cannot_be_written_is_one_sentence(root: str) -> None:
    with pytest.raises(ArchiveError, match=f"expected an archive at {root}"):
        Archive(root).put(b"pixels")
