from pathlib import Path

import pytest

from service.scoring.bundle import MANIFEST, BundleError, BundleStore
from service.scoring.named_bundle import known_bundles, named_bundle, named_id, stream_names
from tests.support.bundles import crown, write_bundle

STREAM = "line"


@pytest.fixture
def store(tmp_path: Path) -> BundleStore:
    return BundleStore(tmp_path / "store")


def bundles(store: BundleStore, count: int, stream: str = STREAM) -> list[str]:
    """Ids in one order of their own; the first that was written is champion."""
    return [write_bundle(store.root, stream, champion=not seed, seed=seed).name for seed in range(count)]


def alike(first: str, second: str) -> str:
    """How both begin."""
    return first[: next(place for place in range(16) if first[place] != second[place])]


def test_a_bundle_is_named_by_its_stream_the_start_of_its_id_or_its_folder(
    store: BundleStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = bundles(store, 2)
    same = alike(first, second)
    folder = store.root / STREAM / second
    assert named_bundle(store, STREAM).id == first
    assert named_bundle(store, second[: len(same) + 1]).id == second
    assert named_bundle(BundleStore(Path("nowhere")), str(folder)).id == second
    assert named_bundle(store, second, STREAM).id == named_bundle(store, f"{folder}/", STREAM).id == second
    monkeypatch.chdir(folder)
    assert named_bundle(store, ".").id == second


def test_a_stream_whose_name_an_id_begins_with_is_the_stream(store: BundleStore) -> None:
    (first,) = bundles(store, 1)
    (other,) = bundles(store, 1, first[:3])
    assert named_bundle(store, first[:3]).id == other
    assert named_bundle(store, first[:4]).id == first


def test_a_champion_made_later_is_what_its_stream_means(store: BundleStore) -> None:
    _, second = bundles(store, 2)
    crown(store.root / STREAM / second)
    assert named_bundle(store, STREAM).id == named_id(store, STREAM, STREAM) == second


def test_a_name_that_means_none_or_several_is_refused_with_what_there_is(store: BundleStore) -> None:
    with pytest.raises(BundleError, match=r"found 'nix', and in .*store: no bundle; fit one"):
        named_bundle(store, "nix")
    first, second = bundles(store, 2)
    (other,) = bundles(store, 1, "other")
    for name in ("nix", "", "x" * 5000):
        with pytest.raises(BundleError, match=rf"start of a bundle's id.*line \(\w+, \w+\), other \({other}\)$"):
            named_bundle(store, name)
    several = alike(first, second)
    with pytest.raises(BundleError, match=rf"of stream 'line' starting with '{several}', found .*(2: \w+, \w+;|none)"):
        named_bundle(store, several, STREAM)
    with pytest.raises(BundleError, match="of stream 'line' starting with 'zz', found none among"):
        named_id(store, "zz", STREAM)
    with pytest.raises(BundleError, match=r"expected stream 'lime' to have bundles in .*, found line, other"):
        named_id(store, "zz", "lime")
    with pytest.raises(BundleError, match=r"no readable manifest.json; give the folder"):
        named_bundle(store, str(store.root))


def test_ids_of_two_streams_that_begin_alike_are_told_with_their_streams(store: BundleStore) -> None:
    for name in ("4f1c", "4f77"):
        (store.root / f"of-{name}" / name).mkdir(parents=True)
        (store.root / f"of-{name}" / name / MANIFEST).touch()
    with pytest.raises(BundleError, match="found 2: 4f1c of of-4f1c, 4f77 of of-4f77; give more of the id"):
        named_bundle(store, "4f")


def test_a_stream_without_a_champion_is_told_with_its_bundles(store: BundleStore) -> None:
    only = write_bundle(store.root, STREAM, champion=False).name
    with pytest.raises(BundleError, match=f"found none, but the bundles {only}; .*promote line {only}"):
        named_bundle(store, STREAM)


def test_a_bundle_of_another_stream_is_refused_where_a_stream_is_given(store: BundleStore) -> None:
    (first,), (other,) = bundles(store, 1), bundles(store, 1, "other")
    for name in (other, "other"):
        with pytest.raises(BundleError, match="of stream 'line' starting with"):
            named_bundle(store, name, STREAM)
    with pytest.raises(BundleError, match="expected a bundle of stream 'line', found one of 'other'"):
        named_bundle(store, str(store.root / "other" / other), STREAM)
    assert named_bundle(store, first, STREAM).id == first


def test_a_folder_names_an_id_only_where_its_stream_has_it(store: BundleStore, tmp_path: Path) -> None:
    (first,) = bundles(store, 1)
    elsewhere = write_bundle(tmp_path / "elsewhere", STREAM, seed=7)
    assert named_id(store, str(store.root / STREAM / first), STREAM) == first
    for folder in (elsewhere, tmp_path / "nowhere"):
        with pytest.raises(BundleError, match=r"expected a bundle of stream 'line' in .*store, found .*copy it there"):
            named_id(store, str(folder), STREAM)


def test_many_names_are_not_all_listed(store: BundleStore) -> None:
    for number in range(20):
        (store.root / STREAM / f"{number:02}").mkdir(parents=True)
        (store.root / STREAM / f"{number:02}" / MANIFEST).touch()
    with pytest.raises(BundleError, match="and 12 more"):
        named_id(store, "zz", STREAM)


def test_an_unknown_stream_is_named_with_those_that_are_known(store: BundleStore) -> None:
    bundles(store, 1)
    with pytest.raises(BundleError, match="found line"):
        known_bundles(store, "lime")
    with pytest.raises(BundleError, match="stream name"):
        known_bundles(store, "../line")


def test_drafts_are_not_listed(store: BundleStore) -> None:
    (only,) = bundles(store, 1)
    draft = store.folder(STREAM) / ".draft-x"
    draft.mkdir()
    (draft / MANIFEST).write_text("{}")
    assert known_bundles(store, STREAM) == [only]
    assert stream_names(store) == [STREAM]
