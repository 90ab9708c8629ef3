from pathlib import Path

import pytest

from service.scoring.bundle import BundleStore, read_bundle
from tests.support.bundles import write_bundle
from training.bundles.roles import stream_names
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


def test_a_stream_without_a_bundle_is_none_and_a_draft_that_ends_leaves_no_folder(tmp_path: Path) -> None:
    store = BundleStore(tmp_path)
    with draft(store, "line"):
        assert stream_names(store) == []  # its first fit is still running
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_cannot_be_written_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TrainingError, match=r"expected to write bundles into .*file/line, found that it cannot be"):
        check_writable(BundleStore(tmp_path / "file"), "line")
