"""`python -m deploy.benchmarks.speed.profiling`: a flame graph of the service under load, and the graph's operators.

Writes build/bench-profile/service.svg, operators.svg and profile.json, and prints two Markdown tables.
"""

import argparse
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from deploy.benchmarks.speed.bare_loop import run_bare_loop
from deploy.benchmarks.speed.bundle import bundle_under_test, store_of
from deploy.benchmarks.speed.line import running_line, service_settings
from deploy.benchmarks.speed.pictures import pictures
from deploy.benchmarks.speed.profiling.operator_profile import Timing, plot, profile_operators
from deploy.benchmarks.speed.profiling.service_profile import record, shares
from deploy.devtools.errors import ToolingError
from deploy.devtools.paths import BUILD
from deploy.devtools.results import write_figures
from service.scoring.bundle import Bundle, BundleError

FOLDER = BUILD / "bench-profile"
SECONDS, ROUNDS, LARGEST = 20, 15, 12
ENOUGH = 1.2
"""The backlog lasts for longer than the recording."""


def main(arguments: list[str] | None = None) -> int:
    """Profile, print the tables, write the pictures; what is missing ends with one sentence and status 2."""
    parser = argparse.ArgumentParser(prog="python -m deploy.benchmarks.speed.profiling", description=__doc__)
    parser.add_argument("--bundle", type=Path, help="folder of the bundle (default: one that is fitted)")
    parser.add_argument("--seconds", type=int, default=SECONDS, help="of each recording of the service")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of the graph's operators")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="for pictures and figures")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    try:
        bundle = bundle_under_test(options.bundle)
        layers = profile_service(bundle, options.folder, options.seconds)
    except (BundleError, ToolingError) as error:
        print(f"bench-profile: {error}", file=sys.stderr)
        return 2
    operators = profile_operators(bundle.graph, options.rounds)
    plot(operators, options.folder / "operators.svg")
    print("\n".join([*_layer_rows(layers), "", *_operator_rows(operators), "", _left_to_litert(operators)]))
    print(f"\npictures: {options.folder / 'service.svg'}, {options.folder / 'operators.svg'}")
    write_figures(options.folder / "profile.json", {"service": layers, "operators": [*map(asdict, operators)]})
    return 0


def profile_service(bundle: Bundle, folder: Path, seconds: int) -> dict[str, float]:
    """Record the service twice while it works off a backlog: as a flame graph, and as shares of its layers."""
    with tempfile.TemporaryDirectory() as work:
        store, images = store_of(bundle, Path(work) / "store"), pictures(bundle)
        file = Path(work) / "image.jpg"
        file.write_bytes(images[0])
        bare = run_bare_loop(bundle.path, [file], threads=len(os.sched_getaffinity(0)), seconds=min(2.0, seconds))
        raw = Path(work) / "stacks.txt"
        with running_line(store, [(bundle.manifest.stream, image) for image in images], Path(work), ()) as line:
            for output, kind in ((folder / "service.svg", "flamegraph"), (raw, "raw")):
                line.send(round(ENOUGH * seconds * bare.images_per_second))
                record(output, kind, seconds, service_settings(store, line.bootstrap_servers))
        return shares(raw.read_text().splitlines())


def _layer_rows(layers: dict[str, float]) -> list[str]:
    rows = [f"| {layer} | {share:.1%} |" for layer, share in layers.items()]
    return ["| the service under load | share of its processor time |", "|---|---:|", *rows]


def _operator_rows(operators: list[Timing]) -> list[str]:
    whole = sum(each.ms for each in operators)
    largest = sorted(operators, key=lambda each: -each.ms)[:LARGEST]
    rows = [
        f"| {each.number} {each.kind} | {each.part} | {each.ms:.2f} | {each.ms / whole:.1%} | {each.macs / 1e6:.1f} |"
        for each in largest
    ]
    return ["| operator | part | ms | share | million multiply-adds |", "|---|---|---:|---:|---:|", *rows]


def _left_to_litert(operators: list[Timing]) -> str:
    left = [f"{each.number} {each.kind} ({each.part})" for each in operators if not each.in_delegate]
    return f"operators that XNNPACK does not take: {', '.join(left) or 'none'}"


if __name__ == "__main__":
    sys.exit(main())
