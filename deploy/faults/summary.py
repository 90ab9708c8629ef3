"""The result of a fault run as a Markdown table, as JSON, and as sentences about what failed."""

import statistics
from collections.abc import Iterator, Sequence
from typing import Any

from deploy.faults.trial import Trial

COLUMNS = (
    *("fault", "times", "kill -9"),
    *("first commit after, p50 / max", "caught up after, p50 / max"),
    *("images sent", "lost", "doubled"),
)


def markdown(trials: Sequence[Trial], seed: int) -> str:
    """The table of each kind of fault, then a sentence with the totals."""
    rows = [COLUMNS, ("---",) * len(COLUMNS), *(_cells(row) for trial in trials for row in _rows(trial))]
    total = figures(trials, seed)
    sentence = (
        f"seed {seed}: {total['sent']} images sent, {total['acknowledged']} acknowledged, "
        f"{total['verdicts']} verdicts, {total['dead_letters']} dead letters; **lost {total['lost']}, "
        f"doubled {total['doubled']}, wrong {total['wrong']}, foreign {total['foreign']}**; "
        f"{total['kills']} kills -9 among {total['faults']} faults; {total['aborted_batches']} batches aborted "
        f"and polled again, {total['memberships_lost']} memberships lost; {len(total['missed'])} faults did not happen"
        f", {total['kafka_failures']} times Kafka itself failed and was restarted"
    )
    return "\n".join([*(f"| {' | '.join(map(str, row))} |" for row in rows), "", sentence])


def figures(trials: Sequence[Trial], seed: int) -> dict[str, Any]:
    """The figures of build/faults.json."""
    happened = [each for trial in trials for each in trial.happened]
    return {
        "seed": seed,
        **{
            name: sum(getattr(trial.account, name) for trial in trials)
            for name in ("sent", "acknowledged", "verdicts", "dead_letters", "lost", "doubled", "wrong")
        },
        "foreign": sum(len(trial.foreign) for trial in trials),
        "faults": len(happened),
        "missed": [
            f"{each.fault}: {each.failed}"
            for each in happened
            if each.failed and each.caught_up is not None and not each.kafka_failed
        ],
        "kafka_failures": sum(each.kafka_failed for each in happened),
        "kills": sum(each.kills for each in happened),
        "recover_s": _spread([each.first_commit for each in happened]),
        "catch_up_s": _spread([each.caught_up for each in happened]),
        "aborted_batches": sum(trial.aborted for trial in trials),
        "memberships_lost": sum(trial.lost_membership for trial in trials),
        "tracebacks": sum(trial.tracebacks for trial in trials),
        "exits": {f"{trial.brokers} brokers": trial.exits for trial in trials},
        "rows": [row for trial in trials for row in _rows(trial)],
    }


def failures(trials: Sequence[Trial]) -> Iterator[str]:
    """What failed, one sentence each; none if all is well."""
    for trial in trials:
        yield from trial.failures
        yield from trial.account.examples
        yield from (f"foreign: {each}" for each in trial.foreign)


def _rows(trial: Trial) -> Iterator[dict[str, Any]]:
    """The figures of each kind of fault, then of all of them."""
    for kind in (*sorted({each.fault.kind for each in trial.happened}), None):
        mine = [
            (each, account)
            for each, account in zip(trial.happened, trial.accounts, strict=True)
            if kind in (None, each.fault.kind)
        ]
        yield {
            "brokers": trial.brokers,
            "fault": kind or "all",
            "times": len(mine),
            "kills": sum(each.kills for each, _ in mine),
            "recover_s": _spread([each.first_commit for each, _ in mine]),
            "catch_up_s": _spread([each.caught_up for each, _ in mine]),
            **{name: sum(getattr(account, name) for _, account in mine) for name in ("sent", "lost", "doubled")},
        }


def _cells(row: dict[str, Any]) -> Sequence[object]:
    where = "one broker" if row["brokers"] == 1 else f"{row['brokers']} brokers"
    spreads = (_shown(row["recover_s"]), _shown(row["catch_up_s"]))
    return f"{where}: {row['fault']}", row["times"], row["kills"], *spreads, row["sent"], row["lost"], row["doubled"]


def _spread(seconds: Sequence[float | None]) -> dict[str, float | None]:
    known = [each for each in seconds if each is not None]
    if not known:
        return {"p50": None, "max": None}
    return {"p50": round(statistics.median(known), 2), "max": round(max(known), 2)}


def _shown(spread: dict[str, float | None]) -> str:
    return "none" if spread["p50"] is None else f"{spread['p50']:.1f} s / {spread['max']:.1f} s"
