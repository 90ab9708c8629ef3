import errno
from pathlib import Path

import pytest

from service.scoring.bundle import BundleStore, read_bundle
from service.scoring.named_bundle import stream_names
from tests.support.bundles import write_bundle
from training.bundles.writer import check_writable, draft
from training.errors import TrainingError


def test_a_sealed_draft_is_a_bundle_named_by_its_content(tmp_path: Path) -> None:
    source = read_bundle(write_bundle(tmp_path / "a"))
    store = BundleStore(tmp_path / "b")
    with draft(store, "default") as started:
        assert started.path.parent == store.folder("default")
        assert started.path.name.startswith(".")
        for name in source.manifest.files:
            started.write(name, (source.path / name).read_bytes())
        chosen = started.seal(source.manifest)
    copy = store.bundle("default", chosen)
    assert copy.manifest == source.manifest
    assert [entry.name for entry in store.folder("default").iterdir()] == [chosen]


def test_an_abandoned_draft_leaves_nothing_behind(tmp_path: Path) -> None:
    store = BundleStore(tmp_path)

    def fail() -> None:
        with draft(store, "default") as started:
            started.write("model.tflite", b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("at", ["write", "sync"])
def test_a_full_disk_is_one_sentence_and_leaves_no_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    manifest, store = read_bundle(write_bundle(tmp_path / "a")).manifest, BundleStore(tmp_path / "b")

    def publish() -> None:
        with draft(store, "default") as started:
            started.write("model.tflite", b"graph")
            monkeypatch.setattr(Path, "write_bytes", full) if at == "write" else monkeypatch.setattr("os.fsync", full)
            started.seal(manifest)

    with pytest.raises(TrainingError, match=r"expected to write .*, found that it cannot be: No space left on device"):
        publish()
    monkeypatch.undo()
    assert store.bundle_ids("default") == []
    assert not store.folder("default").exists()


def test_a_fit_that_is_interrupted_leaves_nothing_behind(tmp_path: Path) -> None:
    def interrupted() -> None:
        with draft(BundleStore(tmp_path), "default") as started:
            started.write("model.tflite", b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_a_stream_without_a_bundle_is_none_and_a_draft_that_ends_leaves_no_folder(tmp_path: Path) -> None:
    store = BundleStore(tmp_path)
    with draft(store, "line"):
        assert stream_names(store) == []  # its first fit is still running
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_cannot_be_written_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TrainingError, match=r"expected to write bundles into .*file/line, found that it cannot be"):
        check_writable(BundleStore(tmp_path / "file"), "line")
