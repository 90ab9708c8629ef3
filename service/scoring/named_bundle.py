"""What a person names a bundle by, the same for every command: a stream, the start of an id, or a folder.

A stream means its champion. What holds a manifest, or has a separator in it, is a folder; else a stream's whole name
counts before the start of an id.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from service.scoring.bundle import MANIFEST, Bundle, BundleError, BundleStore, is_stream_name, read_bundle

NAMING = "A stream (its champion), the start of a bundle's id, or a bundle's folder."
"""For `--help` of every argument that names a bundle."""

MOST_NAMED = 8
"""Streams, or bundles of one, that a sentence lists."""


def named_bundle(store: BundleStore, name: str, stream: str | None = None) -> Bundle:
    """Read and verify the bundle that a name means, of this stream alone if one is given.

    Raises:
        BundleError: if it means none or more than one, the stream has no champion, or the bundle cannot be used.
    """
    if not _is_folder(name):
        return store.bundle(*_found(store, name, stream))
    bundle = read_bundle(Path(name))
    if stream is not None and bundle.manifest.stream != stream:
        raise BundleError(
            f"expected a bundle of stream {stream!r}, found one of {bundle.manifest.stream!r} in {name}; "
            "name another one, or its own stream"
        )
    return bundle


def named_id(store: BundleStore, name: str, stream: str) -> str:
    """The id of the bundle of a stream that a name means; it is not read yet, and may be damaged.

    Raises:
        BundleError: if it means none or more than one in the store, or the stream has no champion.
    """
    if not _is_folder(name):
        return _found(store, name, stream)[1]
    folder = Path(name).resolve()
    if folder.parent != store.folder(stream).resolve() or folder.name not in known_bundles(store, stream):
        raise BundleError(
            f"expected a bundle of stream {stream!r} in {store.root}, found {name}; "
            "copy it there under its id, or name one that is there"
        )
    return folder.name


def known_bundles(store: BundleStore, stream: str) -> list[str]:
    """The ids of a stream's bundles, newest first.

    Raises:
        BundleError: if the stream has no bundle, or its name is not valid.
    """
    ids = store.bundle_ids(stream)
    if not ids:
        found = _listed(stream_names(store)) or "no stream at all"
        raise BundleError(f"expected stream {stream!r} to have bundles in {store.root}, found {found}; fit one first")
    return ids


def stream_names(store: BundleStore) -> list[str]:
    """The streams that have a bundle in the store, champion or not, sorted; not one whose first fit still runs.

    Raises:
        BundleError: if the store cannot be read.
    """
    if not store.root.exists():
        return []
    return [name for name in store.folders() if is_stream_name(name) and store.bundle_ids(name)]


def _is_folder(name: str) -> bool:
    manifest = os.path.join(name, MANIFEST)  # noqa: PTH118 - a Path raises for a name that is too long
    return os.path.isfile(manifest) or os.sep in name  # noqa: PTH113 - the same


def _found(store: BundleStore, name: str, stream: str | None) -> tuple[str, str]:
    """Stream and id."""
    if is_stream_name(name) and stream in (None, name) and (champion := _champion(store, name)):
        return name, champion
    ids_of = {each: known_bundles(store, each) for each in ([stream] if stream else stream_names(store))}
    found = [(each, chosen) for each, ids in ids_of.items() for chosen in ids if name and chosen.startswith(name)]
    if len(found) == 1:
        return found[0]
    of_stream = f" of stream {stream!r}" if stream else ""
    if found:
        several = _listed([chosen if stream else f"{chosen} of {each}" for each, chosen in found])
        raise BundleError(
            f"expected one bundle{of_stream} starting with {name!r}, found {len(found)}: {several}; give more of the id"
        )
    if stream:
        ids = _listed(ids_of[stream])
        raise BundleError(f"expected one bundle{of_stream} starting with {name!r}, found none among {ids}")
    there = _listed([f"{each} ({_listed(ids)})" for each, ids in ids_of.items()]) or "no bundle; fit one"
    raise BundleError(
        f"expected a stream, the start of a bundle's id, or a bundle's folder, found {name!r}, "
        f"and in {store.root}: {there}"
    )


def _champion(store: BundleStore, stream: str) -> str | None:
    """Of a stream that has bundles; None if it has none."""
    champion = store.champion_id(stream)
    if champion is None and (ids := store.bundle_ids(stream)):
        raise BundleError(
            f"expected stream {stream!r} to have a champion, found none, but the bundles {_listed(ids)}; "
            f"name one of these, or promote it: linewatch-train promote {stream} {ids[0]}"
        )
    return champion


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"{', '.join(names[:MOST_NAMED])}{more}"
