"""`python -m deploy.benchmarks.speed.peers PYTHON`: our graph and those of other projects, in turn, on all cores.

PYTHON is one that has `anomalib[openvino]`; `make bench-peers` makes it. Prints one Markdown table; the figures join
those that `make bench` left in build/bench.json, under `graph`.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from deploy.benchmarks.speed.bundle import bundle_under_test
from deploy.devtools.errors import DemoError, ToolingError
from deploy.devtools.paths import BUILD
from deploy.devtools.results import write_figures
from service.scoring.bundle import BundleError
from training.backend.timing import Timed, runs_per_second

GRAPHS = Path(__file__).with_name("graphs.py")
NAMES = ("PaDiM-R18", "PatchCore-R18", "EfficientAD-S")
OURS = "Linewatch"
ROUNDS, SECONDS = 3, 4.0


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the table, add the figures; what is missing ends with one sentence and status 2."""
    parser = argparse.ArgumentParser(prog="python -m deploy.benchmarks.speed.peers", description=__doc__)
    parser.add_argument("python", type=Path, help="a Python with anomalib[openvino]")
    parser.add_argument("--bundle", type=Path, help="folder of the bundle (default: one that is fitted)")
    parser.add_argument("--figures", type=Path, default=BUILD / "bench.json", help="file of figures")
    options = parser.parse_args(arguments)
    try:
        rates = measure(bundle_under_test(options.bundle).graph, [str(options.python), str(GRAPHS)])
    except (BundleError, ToolingError) as error:
        print(f"bench-peers: {error}", file=sys.stderr)
        return 2
    print(table(rates))
    write_figures(options.figures, with_peers(_read(options.figures), rates))
    return 0


def measure(model: bytes, program: Sequence[str], rounds: int = ROUNDS, seconds: float = SECONDS) -> dict[str, float]:
    """Images a second of our graph, one interpreter a core, and of each peer; medians of rounds in turn.

    Raises:
        DemoError: if the peers' program ends.
    """
    ours = [Timed(model, threads=1) for _ in range(len(os.sched_getaffinity(0)))]
    rates: dict[str, list[float]] = {name: [] for name in (OURS, *NAMES)}
    with _peers(program) as peers:
        for name in NAMES:
            _ask(peers, name, 0.0)  # loads it
        for _ in range(rounds):
            rates[OURS].append(runs_per_second(ours, seconds))
            for name in NAMES:
                rates[name].append(_ask(peers, name, seconds))
    return {name: median(each) for name, each in rates.items()}


def with_peers(figures: dict[str, Any], rates: dict[str, float]) -> dict[str, Any]:
    """The figures with those of the peers, and our ratios to them, under `graph`."""
    peers = {name: rate for name, rate in rates.items() if name != OURS}
    found = {
        "peers_images_per_second": {name: round(rate, 2) for name, rate in peers.items()},
        "images_per_second_beside_peers": round(rates[OURS], 2),
        "over_peers": {name: round(rates[OURS] / rate, 2) for name, rate in peers.items()},
    }
    return {**figures, "graph": {**figures.get("graph", {}), **found}}


def table(rates: dict[str, float]) -> str:
    """One row for each graph, ours first."""
    rows = [f"| {name} | {rates[OURS] / rate:.2f} | {rate:.1f} |" for name, rate in rates.items()]
    return "\n".join(["| graph, 256 x 256, all cores | Linewatch over it | images/s |", "|---|---:|---:|", *rows])


@contextmanager
def _peers(program: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    try:
        process = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    except OSError as error:
        raise DemoError(f"expected a Python with anomalib[openvino] at {program[0]}, found: {error}") from error
    with process:
        try:
            _answer(process)
            yield process
        finally:
            process.kill()


def _ask(peers: subprocess.Popen[str], name: str, seconds: float) -> float:
    print(name, seconds, file=peers.stdin, flush=True)
    return float(_answer(peers))


def _answer(peers: subprocess.Popen[str]) -> str:
    answer = peers.stdout.readline() if peers.stdout else ""
    if not answer:
        raise DemoError("expected the peers' program to answer, found that it ended; what it printed stands above")
    return answer


def _read(path: Path) -> dict[str, Any]:
    """The figures there are; none without the file."""
    figures: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return figures


if __name__ == "__main__":
    sys.exit(main())
