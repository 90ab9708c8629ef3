"""Which bundle decides for a stream: promote, roll back, and the history of both."""

import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from service.scoring.bundle import CHAMPION, BundleStore
from training.draft import sync
from training.errors import TrainingError

HISTORY = "champion.history.jsonl"

Action = Literal["first", "promote", "rollback"]


class Change(BaseModel):
    """One line of the history: who made which bundle champion, when, and in place of which."""

    at: datetime
    bundle: str
    previous: str | None
    action: Action
    by: str


def known_bundles(store: BundleStore, stream: str) -> list[str]:
    """The ids of a stream's bundles, newest first.

    Raises:
        TrainingError: if the stream has no bundle.
        BundleError: if the stream's name is none.
    """
    ids = store.bundle_ids(stream)
    if not ids:
        streams = ", ".join(stream_names(store)) or "no stream at all"
        raise TrainingError(
            f"expected stream {stream!r} to have bundles in {store.root}, found {streams}; fit one first"
        )
    return ids


def stream_names(store: BundleStore) -> list[str]:
    """The streams that have a folder in the store, with or without a champion, sorted."""
    if not store.root.is_dir():
        return []
    return sorted(entry.name for entry in store.root.iterdir() if entry.is_dir() and not entry.name.startswith("."))


def resolve(store: BundleStore, stream: str, prefix: str) -> str:
    """The one bundle of a stream whose id starts so.

    Raises:
        TrainingError: if there is none, or more than one.
    """
    ids = known_bundles(store, stream)
    found = [name for name in ids if prefix and name.startswith(prefix)]
    if len(found) != 1:
        what = f"{len(found)}: {', '.join(found)}" if found else f"none among {', '.join(ids)}"
        raise TrainingError(f"expected one bundle of stream {stream!r} starting with {prefix!r}, found {what}")
    return found[0]


def promote(store: BundleStore, stream: str, bundle: str) -> Change | None:
    """Make a bundle decide from now on, after verifying it; None if it already does.

    Raises:
        BundleError: if the bundle cannot be used.
    """
    previous = store.champion_id(stream)
    if previous == bundle:
        return None
    return _crown(store, stream, bundle, "first" if previous is None else "promote")


def rollback(store: BundleStore, stream: str) -> Change:
    """Make the champion before the present one decide again; once more goes one further back.

    Raises:
        TrainingError: if there was none before.
        BundleError: if that bundle cannot be used any more.
    """
    known_bundles(store, stream)
    line = _line_of_champions(history(store, stream), store.champion_id(stream))
    if len(line) < 2:  # noqa: PLR2004 - the present one and one before
        now = line[0] if line else "none"
        raise TrainingError(
            f"expected a champion of stream {stream!r} before the present one ({now}), found none; "
            "promote another bundle instead"
        )
    return _crown(store, stream, line[-2], "rollback")


def history(store: BundleStore, stream: str) -> list[Change]:
    """All changes of a stream's champion, oldest first."""
    try:
        lines = (store.folder(stream) / HISTORY).read_text().splitlines()
    except FileNotFoundError:
        return []
    return [Change.model_validate_json(line) for line in lines if line]


def _line_of_champions(changes: list[Change], present: str | None) -> list[str]:
    """The champions in the order they would be rolled back through, the present one last."""
    line: list[str] = []
    for change in changes:
        if change.action == "rollback" and change.bundle in line[:-1]:
            line.pop()
        elif line[-1:] != [change.bundle]:
            line.append(change.bundle)
    if present is not None and line[-1:] != [present]:
        line.append(present)  # set by hand, or the machine stopped before the history was written
    return line


def _crown(store: BundleStore, stream: str, bundle: str, action: Action) -> Change:
    store.bundle(stream, bundle)  # reads and verifies it
    previous = store.champion_id(stream)
    folder = store.folder(stream)
    _replace(folder / CHAMPION, f"{bundle}\n")
    change = Change(at=datetime.now(UTC), bundle=bundle, previous=previous, action=action, by=_user())
    with (folder / HISTORY).open("a") as lines:
        lines.write(change.model_dump_json() + "\n")
    sync(folder / HISTORY)
    return change


def _replace(file: Path, content: str) -> None:
    fresh = file.with_name(f".{file.name}.new")
    fresh.write_text(content)
    sync(fresh)
    fresh.replace(file)
    sync(file.parent)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container may run as a user without a name
        return "unknown"
