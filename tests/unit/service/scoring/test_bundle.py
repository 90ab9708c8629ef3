"""Reading and verifying bundles."""

import json
import os
from pathlib import Path

import pytest

from service.scoring.bundle import GOLDEN, GRAPH, MANIFEST, BundleError, BundleStore, bundle_id, read_bundle
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
    raw = (folder / MANIFEST).read_text().replace('"schema_version":2', '"schema_version":3')
    assert_refused_as_resealed(folder, raw, "schema_version")


def assert_refused_as_resealed(folder: Path, manifest: str, names: str) -> None:
    (folder / MANIFEST).write_text(manifest)
    resealed = folder.rename(folder.with_name(bundle_id(manifest.encode())))
    with pytest.raises(BundleError, match=f"schema version 1 or 2 .*found at {names}"):
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


def unreadable(path: Path, kind: str) -> None:
    """Put in place of a file what no reader may wait for."""
    path.unlink()
    match kind:
        case "folder":
            path.mkdir()
        case "fifo":
            os.mkfifo(path)
        case "device":
            path.symlink_to("/dev/zero")
        case "loop":
            path.symlink_to(path)
        case "huge":
            with path.open("wb") as file:
                file.truncate(1 << 40)


KINDS = ("folder", "fifo", "device", "loop", "huge")

WRONG_POINTERS = {
    "UTF-16": "0123456789abcdef\r\n".encode("utf-16"),
    "a byte-order mark": "0123456789abcdef".encode("utf-8-sig"),
    "NUL": bytes(17),
    "random bytes": bytes(range(128, 256)),
    "a folder above": b"../../elsewhere",
    "an absolute path": b"/etc/passwd",
    "too short": b"0123456789abcde",
    "too long": b"0123456789abcdef0",
    "upper case": b"0123456789ABCDEF",
    "two ids": b"0123456789abcdef\n0123456789abcdef",
    "other digits": "\N{FULLWIDTH DIGIT ZERO}123456789abcdef".encode(),
}


@pytest.mark.parametrize("role", ["champion", "challenger"])
@pytest.mark.parametrize("content", WRONG_POINTERS.values(), ids=WRONG_POINTERS)
def test_a_pointer_that_is_no_id_is_refused_in_one_sentence(tmp_path: Path, role: str, content: bytes) -> None:
    folder = write_bundle(tmp_path).parent
    (folder / role).write_bytes(content)
    store = BundleStore(tmp_path)
    with pytest.raises(BundleError, match=f"expected the id of a bundle, 16 hexadecimal digits, in .*{role}, found"):
        store.champion_id("default") if role == "champion" else store.challenger_id("default")


@pytest.mark.parametrize("kind", KINDS)
def test_a_pointer_that_is_no_small_regular_file_is_refused_at_once(tmp_path: Path, kind: str) -> None:
    folder = write_bundle(tmp_path).parent
    unreadable(folder / "champion", kind)
    with pytest.raises(BundleError, match=r"16 hexadecimal digits, in .*champion, found that it cannot be read \("):
        BundleStore(tmp_path).champion_id("default")


def test_space_around_an_id_does_no_harm(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path)
    (folder.parent / "champion").write_bytes(b" \t" + folder.name.encode() + b"\r\n\n")
    assert BundleStore(tmp_path).champion("default").id == folder.name


def test_an_empty_pointer_is_none(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path)
    (folder.parent / "champion").write_text(" \n")
    assert BundleStore(tmp_path).champion_id("default") is None


def test_a_link_is_followed_within_the_folder_of_its_stream_alone(tmp_path: Path) -> None:
    """What stands in a file elsewhere, a password perhaps, is nothing to show."""
    folder = write_bundle(tmp_path / "store")
    pointer, store = folder.parent / "champion", BundleStore(tmp_path / "store")
    pointer.rename(folder.parent / "present")
    pointer.symlink_to("present")
    assert store.champion_id("default") == folder.name
    (tmp_path / "secret").write_text("hunter2")
    pointer.unlink()
    pointer.symlink_to(tmp_path / "secret")
    with pytest.raises(BundleError, match="found a link to elsewhere") as refused:
        store.champion_id("default")
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", [MANIFEST, GRAPH, GOLDEN, "golden/10.png"])
def test_a_file_of_a_bundle_that_is_no_regular_one_is_refused_at_once(tmp_path: Path, name: str, kind: str) -> None:
    folder = write_bundle(tmp_path)
    unreadable(folder / name, kind)
    with pytest.raises(BundleError, match=r"expected .*, found no.* \("):
        read_bundle(folder)


@pytest.mark.parametrize(
    "scores",
    [b"{}", b"[]", b'"10.png"', b"", b"\xff\xfe{", b"[" * 100_000, b'{"10.png": null}', b'{"10.png": NaN}', b"nul"],
)
def test_golden_scores_that_are_none_are_refused(tmp_path: Path, scores: bytes) -> None:
    bundle = read_bundle(write_bundle(tmp_path, more={GOLDEN: scores}))
    with pytest.raises(BundleError, match="expected the finite scores of 1 to 100 golden images by name"):
        bundle.golden()


@pytest.mark.parametrize("name", ["11.png", "../manifest.json", "/etc/passwd", "a\0b"])
def test_a_golden_score_of_an_image_that_is_not_there_is_refused(tmp_path: Path, name: str) -> None:
    bundle = read_bundle(write_bundle(tmp_path, more={GOLDEN: json.dumps({name: 0.1}).encode()}))
    with pytest.raises(BundleError, match=r"expected golden/.* among the files of bundle"):
        bundle.golden()


@pytest.mark.parametrize("nested", [b"[" * 1_000_000, b'{"a":' * 1_000_000, b"\xff\xfe", b"", b"null"])
def test_a_manifest_that_is_none_is_refused(tmp_path: Path, nested: bytes) -> None:
    folder = write_bundle(tmp_path)
    (folder / MANIFEST).write_bytes(nested)
    with pytest.raises(BundleError, match="expected a manifest of schema version 1 or 2"):
        read_bundle(folder.rename(folder.with_name(bundle_id(nested))))


def test_a_store_that_is_not_there_cannot_be_listed(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"expected a readable bundle store at .*away, found none; mount it"):
        BundleStore(tmp_path / "away").streams()
    (tmp_path / "file").write_text("")
    with pytest.raises(BundleError, match=r"found one that cannot be listed \(Not a directory\)"):
        BundleStore(tmp_path / "file").streams()


def test_a_manifest_of_an_earlier_release_is_read(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path)
    raw = (folder / MANIFEST).read_text().replace('"schema_version":2', '"schema_version":1')
    (folder / MANIFEST).write_text(raw)
    assert read_bundle(folder.rename(folder.with_name(bundle_id(raw.encode())))).manifest.schema_version == 1
