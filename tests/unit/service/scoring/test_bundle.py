"""Reading and verifying bundles."""

from pathlib import Path

import pytest

from service.scoring.bundle import GRAPH, MANIFEST, BundleError, BundleStore, read_bundle
from tests.support.bundles import crown, write_bundle


def test_a_whole_bundle_is_read(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path)
    bundle = read_bundle(folder)
    assert (bundle.id, bundle.manifest.stream, len(bundle.golden())) == (folder.name, "default", 3)


@pytest.mark.parametrize("name", [GRAPH, "golden/scores.json", "golden/10.png"])
def test_an_altered_file_is_found_out(tmp_path: Path, name: str) -> None:
    folder = write_bundle(tmp_path)
    with (folder / name).open("ab") as file:
        file.write(b"x")
    with pytest.raises(BundleError, match=f"{name} in bundle .* unaltered"):
        read_bundle(folder)


def test_a_missing_file_is_found_out(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path)
    (folder / GRAPH).unlink()
    with pytest.raises(BundleError, match=r"expected model.tflite in bundle .*, found none"):
        read_bundle(folder)


def test_an_altered_manifest_is_found_out(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path)
    manifest = folder / MANIFEST
    manifest.write_text(manifest.read_text().replace('"seed":0', '"seed":1'))
    with pytest.raises(BundleError, match="altered or renamed"):
        read_bundle(folder)


def test_an_unknown_field_is_refused(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path, versions={"numpy": "2"})
    raw = (folder / MANIFEST).read_text().replace('"seed"', '"novelty":1,"seed"')
    assert_refused_as_resealed(folder, raw, "novelty")


def test_another_schema_version_is_refused(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path)
    raw = (folder / MANIFEST).read_text().replace('"schema_version":1', '"schema_version":2')
    assert_refused_as_resealed(folder, raw, "schema_version")


def assert_refused_as_resealed(folder: Path, manifest: str, names: str) -> None:
    from service.scoring.bundle import bundle_id  # noqa: PLC0415 - only to seal a bad manifest

    (folder / MANIFEST).write_text(manifest)
    resealed = folder.rename(folder.with_name(bundle_id(manifest.encode())))
    with pytest.raises(BundleError, match=f"schema version 1 .*found at {names}"):
        read_bundle(resealed)


def test_a_manifest_cannot_name_files_outside_its_bundle(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path)
    manifest = read_bundle(folder).manifest
    outside = {**manifest.files, "../champion": "0" * 64}
    with pytest.raises(BundleError, match="files inside bundle"):
        read_bundle(rewritten(tmp_path, outside))


def rewritten(store: Path, files: dict[str, str]) -> Path:
    return write_bundle(store, files=files)


def test_a_folder_that_is_no_bundle_says_so(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"found no readable manifest.json; give the folder"):
        read_bundle(tmp_path)


def test_the_store_knows_streams_by_their_champions(tmp_path: Path) -> None:
    for stream in ("left", "right"):
        write_bundle(tmp_path, stream)
    write_bundle(tmp_path, "unfinished", champion=False)
    store = BundleStore(tmp_path)
    assert store.streams() == ["left", "right"]
    assert store.champion_id("unfinished") is None


def test_promoting_another_bundle_changes_the_champion(tmp_path: Path) -> None:
    first = write_bundle(tmp_path)
    second = write_bundle(tmp_path, gain=0.5, champion=False)
    store = BundleStore(tmp_path)
    assert store.champion("default").id == first.name
    crown(second)
    assert store.champion("default").id == second.name
    assert sorted(store.bundle_ids("default")) == sorted([first.name, second.name])


def test_a_stream_without_champion_is_named_with_those_that_have_one(tmp_path: Path) -> None:
    write_bundle(tmp_path, "left")
    with pytest.raises(BundleError, match=r"expected stream 'right' to have a champion in .*, found left; fit one"):
        BundleStore(tmp_path).champion("right")


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "x" * 65])
def test_a_name_that_could_leave_the_store_is_no_stream(tmp_path: Path, name: str) -> None:
    with pytest.raises(BundleError, match="expected a stream name"):
        BundleStore(tmp_path).folder(name)


def test_a_bundle_put_under_another_stream_is_refused(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path, "left")
    (tmp_path / "right").mkdir()
    crown(folder.rename(tmp_path / "right" / folder.name))
    with pytest.raises(BundleError, match="expected a bundle of stream 'right'"):
        BundleStore(tmp_path).champion("right")
