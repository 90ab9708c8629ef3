"""What a soak reports, and when it fails."""

from pathlib import Path

from deploy.devtools.accounting.ledger import Kind, Ledger
from deploy.soak.phases import Phase
from deploy.soak.samples import Sample
from deploy.soak.summary import failures, figures, markdown, plot


def phase(name: str, growth_mb: float = 0.0, rebalances: int = 0) -> Phase:
    samples = [Sample(float(i), 1000 * (i + 1), 300 + growth_mb * i / 40, 40, 20, 2) for i in range(40)]
    return Phase(name, 40_000, 100.0, samples, rebalances)


def phases(growth_mb: float = 0.0, rebalances: int = 0) -> list[Phase]:
    return [phase("mixed", growth_mb), phase("backlog"), phase("overload", rebalances=rebalances)]


def ledger(*, doubled: bool = False) -> Ledger:
    found = Ledger()
    found.acknowledge(found.send(Kind.PASS), 0, 0)
    for _ in range(1 + doubled):
        found.find(0, Kind.PASS, 0, 0)
    return found


def test_a_flat_soak_without_losses_has_no_failures() -> None:
    found = figures(phases(), ledger(), 1)
    assert list(failures(found, long_enough=True)) == []
    assert {"images", "minutes", "rss_slope_mb_per_million", "fds", "threads", "lost", "doubled"} <= set(found)
    assert "| mixed | 40000 | 1.7 | 400 | 300 / 300 | 0.0 (0.0 to 0.0) |" in markdown(found)


def test_growth_doubles_and_rebalances_are_failures() -> None:
    found = figures(phases(growth_mb=60.0, rebalances=3), ledger(doubled=True), 1)
    assert list(failures(found, long_enough=True)) == [
        "1 images doubled",
        "memory not flat in the mixed phase",
        "expected no rebalance in phase overload, found 3",
    ]
    assert "memory not flat in the mixed phase" not in list(failures(found, long_enough=False))


def test_the_plot_is_drawn(tmp_path: Path) -> None:
    plot(phases(), tmp_path / "soak.svg")
    assert "<svg" in (tmp_path / "soak.svg").read_text()
