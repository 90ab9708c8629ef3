import errno
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


@pytest.mark.parametrize(
    "digest", ["../../etc/passwd", "", "0" * 63, "0" * 65, "G" * 64, "0" * 64 + "\n", "/etc/hostname"]
)
def test_what_is_no_digest_is_never_a_path(tmp_path: Path, digest: str) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "passwd").write_text("root")
    archive = Archive(str(tmp_path / "a" / "b"))
    assert (archive.read(digest), archive.holds(digest)) == (None, False)


def test_a_full_or_read_only_archive_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("fsspec.implementations.local.LocalFileSystem.makedirs", fail)
    with pytest.raises(ArchiveError, match="No space left on device; correct the setting archive"):
        Archive(str(tmp_path)).put(b"pixels")


def test_whatever_a_file_system_raises_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    class CredentialsMissing(Exception):  # noqa: N818 - as a library names it
        pass

    def fail(*_: object, **__: object) -> None:
        raise CredentialsMissing("no credentials for memory://key:s3cret@box")

    monkeypatch.setattr("fsspec.implementations.memory.MemoryFileSystem.exists", fail)
    with pytest.raises(ArchiveError) as caught:
        Archive("memory://key:s3cret@box").holds("0" * 64)
    assert "expected an archive at memory://***@box" in str(caught.value)
    assert "s3cret" not in str(caught.value)
