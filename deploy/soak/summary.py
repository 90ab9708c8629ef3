"""The result of a soak as a Markdown table, as JSON, as a plot, and as sentences about what is not as it should be."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

from deploy.devtools.accounting.ledger import Ledger
from deploy.soak.phases import Phase
from deploy.soak.samples import Sample
from deploy.soak.slopes import level, memory_slope, warmed_up

MOST_BACKLOG_MB = 128.0
"""A backlog may cost so much more memory, over all replicas, than the mixed stream's median."""

PLOTTED = {"rss_mb": "memory, MB", "fds": "descriptors", "threads": "threads", "processes": "processes"}


def figures(phases: Sequence[Phase], ledger: Ledger, seed: int) -> dict[str, Any]:
    """The figures of build/soak.json."""
    by_name = {phase.name: _figures_of(phase) for phase in phases}
    account, long = ledger.account(), by_name["mixed"]
    return {
        "seed": seed,
        "images": account.acknowledged,
        "minutes": round(sum(phase.seconds for phase in phases) / 60.0, 1),
        "rss_slope_mb_per_million": long["rss_slope_mb_per_million"],
        "fds": long["fds"],
        "threads": long["threads"],
        "verdicts": account.verdicts,
        "dead_letters": account.dead_letters,
        "lost": account.lost,
        "doubled": account.doubled,
        "wrong": account.wrong,
        "foreign": len(ledger.foreign),
        "phases": by_name,
    }


def markdown(found: Mapping[str, Any]) -> str:
    """One row for each phase, and a sentence with the totals."""
    columns = ("phase", "images", "minutes", "images/s", "memory, median / peak, MB")
    more = ("memory slope, MB per million images (95 %)", "descriptors", "threads", "processes", "rebalances")
    lines = [(*columns, *more), ("---",) * 10, *(_cells(name, phase) for name, phase in found["phases"].items())]
    total = (
        f"seed {found['seed']}: {found['images']} images in {found['minutes']} minutes, {found['verdicts']} verdicts, "
        f"{found['dead_letters']} dead letters; **lost {found['lost']}, doubled {found['doubled']}, "
        f"wrong {found['wrong']}, foreign {found['foreign']}**"
    )
    return "\n".join([*(f"| {' | '.join(map(str, line))} |" for line in lines), "", total])


def failures(found: Mapping[str, Any], *, long_enough: bool) -> Iterator[str]:
    """What is not as it should be; nothing if all is. Whether anything grows shows only if it was `long_enough`."""
    for what in ("lost", "doubled", "wrong", "foreign"):
        if found[what]:
            yield f"{found[what]} images {what}"
    mixed, backlog = found["phases"]["mixed"], found["phases"]["backlog"]
    for what in ("memory", "fds", "threads") if long_enough else ():
        if not mixed["flat"][what]:
            yield f"{what} not flat in the mixed phase"
    most = mixed["rss_mb"]["median"] + MOST_BACKLOG_MB
    if backlog["rss_mb"]["peak"] > most:
        yield f"expected at most {most:.0f} MB while a backlog drains, found {backlog['rss_mb']['peak']:.0f}"
    for name, phase in found["phases"].items():
        if phase["rebalances"]:
            yield f"expected no rebalance in phase {name}, found {phase['rebalances']}"


def plot(phases: Sequence[Phase], file: Path) -> None:
    """Memory, descriptors, threads and processes over time, one column for each phase."""
    mpl.use("svg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - after the backend is chosen

    figure, axes = plt.subplots(
        len(PLOTTED), len(phases), figsize=(4 * len(phases), 7), sharex="col", sharey="row", squeeze=False
    )
    for column, phase in enumerate(phases):
        axes[0][column].set_title(f"{phase.name}: {phase.images} images")
        axes[-1][column].set_xlabel("minutes")
        for row, (name, label) in enumerate(PLOTTED.items()):
            minutes = [each.seconds / 60.0 for each in phase.samples]
            axes[row][column].plot(minutes, [getattr(each, name) for each in phase.samples], linewidth=1)
            axes[row][column].set_ylim(bottom=0)
            axes[row][0].set_ylabel(label)
    figure.tight_layout()
    figure.savefig(file)
    plt.close(figure)


def _figures_of(phase: Phase) -> dict[str, Any]:
    samples = warmed_up(phase.samples)
    slope, fds, threads = memory_slope(samples), *_levels(samples)
    return {
        "images": phase.images,
        "seconds": round(phase.seconds, 1),
        "images_per_second": round(phase.images_per_second, 1),
        "rss_mb": {"median": round(slope.median_mb, 1), "peak": round(max(each.rss_mb for each in phase.samples), 1)},
        "rss_slope_mb_per_million": round(slope.mb_per_million, 2),
        "rss_slope_interval": [round(slope.low, 2), round(slope.high, 2)],
        "rss_growth_mb": round(slope.growth_mb, 2),
        "fds": {"first": fds.first, "last": fds.last, "most": fds.most},
        "threads": {"first": threads.first, "last": threads.last, "most": threads.most},
        "processes": max(each.processes for each in phase.samples),
        "flat": {"memory": slope.is_flat, "fds": fds.is_flat, "threads": threads.is_flat},
        "rebalances": phase.rebalances,
        **{name: getattr(phase, name) for name in ("swaps", "scrapes", "pages", "refused")},
    }


def _levels(samples: Sequence[Sample]) -> Iterator[Any]:
    yield level([each.fds for each in samples])
    yield level([each.threads for each in samples])


def _cells(name: str, phase: Mapping[str, Any]) -> Sequence[object]:
    low, high = phase["rss_slope_interval"]
    return (
        name,
        phase["images"],
        f"{phase['seconds'] / 60.0:.1f}",
        f"{phase['images_per_second']:.0f}",
        f"{phase['rss_mb']['median']:.0f} / {phase['rss_mb']['peak']:.0f}",
        f"{phase['rss_slope_mb_per_million']:.1f} ({low:.1f} to {high:.1f})",
        f"{phase['fds']['first']:.0f} → {phase['fds']['last']:.0f}",
        f"{phase['threads']['first']:.0f} → {phase['threads']['last']:.0f}",
        phase["processes"],
        phase["rebalances"],
    )
