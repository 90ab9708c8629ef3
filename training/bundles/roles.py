"""Which bundle decides for a stream, which is scored in its shadow, and the history of both."""

from service.scoring.bundle import CHALLENGER, CHAMPION, BundleStore
from training.backtest.guard import Evidence, evidence
from training.bundles.files import replace_file, sync
from training.bundles.history import Action, Change, _line_of_champions, _note, _now, history
from training.errors import TrainingError


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
    """The streams that have a bundle in the store, champion or not, sorted; one whose first fit still runs has none."""
    if not store.root.is_dir():
        return []
    folders = (each.name for each in store.root.iterdir() if each.is_dir() and not each.name.startswith("."))
    return sorted(name for name in folders if store.bundle_ids(name))


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


def promote(store: BundleStore, stream: str, bundle: str, *, force: str | None = None) -> Change | None:
    """Make a bundle decide from now on, after verifying it; None if it already does.

    Where there is a champion, a backtest against it must show that no labelled defect is lost. `force`, the reason why
    that is not asked for, goes to the history.

    Raises:
        BundleError: if the bundle cannot be used.
        TrainingError: if no backtest speaks for it.
    """
    previous = store.champion_id(stream)
    if previous == bundle:
        return None
    if previous is None:
        return _crown(store, stream, bundle, "first")
    found = evidence(store, stream, previous, bundle)
    if found.against and force is None:
        raise TrainingError(found.against)
    return _crown(store, stream, bundle, "promote", found, force)


def challenge(store: BundleStore, stream: str, bundle: str, *, why: str | None = None) -> Change | None:
    """Have a bundle scored in the champion's shadow from now on, after verifying it; None if it already is.

    Raises:
        BundleError: if the bundle cannot be used.
        TrainingError: if there is no champion, or it is this bundle.
    """
    champion, previous = store.champion_id(stream), store.challenger_id(stream)
    if champion is None:
        raise TrainingError(
            f"expected stream {stream!r} to have a champion to challenge, found none; "
            f"promote one first: linewatch-train promote {stream} {bundle}"
        )
    if champion == bundle:
        raise TrainingError(f"expected another bundle than the champion to challenge it, found {bundle} itself")
    if previous == bundle:
        return None
    store.bundle(stream, bundle)  # reads and verifies it
    replace_file(store.folder(stream) / CHALLENGER, f"{bundle}\n")
    return _note(store, stream, Change(**_now(bundle, previous), action="challenge", why=why))


def withdraw(store: BundleStore, stream: str) -> Change:
    """Have no bundle scored in the champion's shadow any more.

    Raises:
        TrainingError: if none is.
    """
    known_bundles(store, stream)
    previous = store.challenger_id(stream)
    if previous is None:
        raise TrainingError(
            f"expected stream {stream!r} to have a challenger, found none; there is nothing to withdraw"
        )
    _clear_challenger(store, stream)
    return _note(store, stream, Change(**_now(previous, previous), action="withdraw"))


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


def _crown(
    store: BundleStore,
    stream: str,
    bundle: str,
    action: Action,
    found: Evidence | None = None,
    force: str | None = None,
) -> Change:
    store.bundle(stream, bundle)  # reads and verifies it
    previous = store.champion_id(stream)
    replace_file(store.folder(stream) / CHAMPION, f"{bundle}\n")
    if store.challenger_id(stream) == bundle:
        _clear_challenger(store, stream)
    backtest = found.digest if found else None
    return _note(store, stream, Change(**_now(bundle, previous), action=action, backtest=backtest, forced=force))


def _clear_challenger(store: BundleStore, stream: str) -> None:
    file = store.folder(stream) / CHALLENGER
    file.unlink(missing_ok=True)
    sync(file.parent)
