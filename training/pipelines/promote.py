"""Promotion to champion: a backtest must show that no labelled defect is lost."""

from dataclasses import dataclass

from service.scoring.bundle import BundleStore
from training.backtest.result import backtest_path, read
from training.bundles.history import Change
from training.bundles.roles import known, make_champion
from training.errors import TrainingError

NAMED = 5
"""Images that a sentence names at most."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """SHA-256 of the backtest, None without one, and one sentence why not to promote, None if there is no reason."""

    digest: str | None
    against: str | None


def evidence(store: BundleStore, stream: str, champion: str, challenger: str) -> Evidence:
    """Look for a backtest of the two that shows no labelled defect to be lost."""
    try:
        found = read(store, stream, champion, challenger)
    except TrainingError as error:
        return Evidence(None, str(error))
    if found is None:
        return Evidence(
            None,
            f"expected a backtest of {challenger} against the champion {champion}, found none; run "
            f"linewatch-train backtest {stream} {challenger} --data DIR (or --from T), or give --force REASON",
        )
    result, digest = found
    if not result.missed:
        return Evidence(digest, None)
    more = len(result.missed) - NAMED
    names = ", ".join(result.missed[:NAMED]) + (f" and {more} more" if more > 0 else "")
    report = backtest_path(store, stream, champion, challenger).with_suffix(".html")
    return Evidence(
        digest,
        f"expected {challenger} to catch every labelled defect that the champion {champion} catches, "
        f"found {len(result.missed)} missed ({names}); look at {report}, "
        "then correct a wrong label or fit again, or give --force REASON",
    )


def promote(store: BundleStore, stream: str, bundle: str, *, force: str | None = None) -> Change | None:
    """Make a bundle the champion, after verifying it; None if it already is.

    Where there is a champion, a backtest against it must show that no labelled defect is lost. `force`, the reason why
    that is not asked for, goes to the history.

    Raises:
        BundleError: if the bundle cannot be used.
        TrainingError: if no backtest speaks for it.
    """
    previous = known(store.champion_id, stream)
    if previous == bundle:
        return None
    if previous is None:
        return make_champion(store, stream, bundle, "first")
    found = evidence(store, stream, previous, bundle)
    if found.against and force is None:
        raise TrainingError(found.against)
    return make_champion(store, stream, bundle, "promote", backtest=found.digest, forced=force)
