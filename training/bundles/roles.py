"""Champion and challenger of a stream: promote, roll back, challenge, withdraw."""

from collections.abc import Callable

from service.scoring.bundle import CHALLENGER, CHAMPION, BundleError, BundleStore
from service.scoring.named_bundle import known_bundles
from training.bundles.files import replace_file, sync
from training.bundles.history import Action, Change, check_history, history, line_of_champions, record
from training.errors import TrainingError


def known(role: Callable[[str], str | None], stream: str) -> str | None:
    """The bundle that has a role, None if there is none or the file holds no id: to write another is what mends it."""
    try:
        return role(stream)
    except BundleError:
        return None


def challenge(store: BundleStore, stream: str, bundle: str, *, why: str | None = None) -> Change | None:
    """Make a bundle the challenger, scored in the champion's shadow, after verifying it; None if it already is.

    Raises:
        BundleError: if the bundle cannot be used.
        TrainingError: if there is no champion, or it is this bundle.
    """
    champion, previous = store.champion_id(stream), known(store.challenger_id, stream)
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
    check_history(store, stream)
    replace_file(store.folder(stream) / CHALLENGER, f"{bundle}\n")
    return record(store, stream, "challenge", bundle, previous, why=why)


def withdraw(store: BundleStore, stream: str) -> Change:
    """Remove the challenger: no bundle is scored in the champion's shadow any more.

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
    return record(store, stream, "withdraw", previous, previous)


def rollback(store: BundleStore, stream: str) -> Change:
    """Make the previous champion the champion again; repeated, it goes one further back.

    Raises:
        TrainingError: if there was none before.
        BundleError: if that bundle cannot be used any more.
    """
    known_bundles(store, stream)
    line = line_of_champions(history(store, stream), known(store.champion_id, stream))
    if len(line) < 2:  # noqa: PLR2004 - the present one and one before
        now = line[0] if line else "none"
        raise TrainingError(
            f"expected a champion of stream {stream!r} before the present one ({now}), found none; "
            "promote another bundle instead"
        )
    return make_champion(store, stream, line[-2], "rollback")


def make_champion(
    store: BundleStore,
    stream: str,
    bundle: str,
    action: Action,
    *,
    backtest: str | None = None,
    forced: str | None = None,
) -> Change:
    """Make a bundle the champion, after verifying it; `backtest` is the SHA-256 of its backtest, for the history.

    Raises:
        BundleError: if the bundle cannot be used.
    """
    store.bundle(stream, bundle)  # reads and verifies it
    previous = known(store.champion_id, stream)
    check_history(store, stream)
    replace_file(store.folder(stream) / CHAMPION, f"{bundle}\n")
    if known(store.challenger_id, stream) == bundle:
        _clear_challenger(store, stream)
    return record(store, stream, action, bundle, previous, backtest=backtest, forced=forced)


def _clear_challenger(store: BundleStore, stream: str) -> None:
    file = store.folder(stream) / CHALLENGER
    file.unlink(missing_ok=True)
    sync(file.parent)
