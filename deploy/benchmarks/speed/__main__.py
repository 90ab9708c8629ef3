"""`python -m deploy.benchmarks.speed`: graph, bare loop and service, measured in one run on one machine.

Prints one Markdown table, ratios first; the same figures go to build/bench.json. Takes the bundle in --bundle, or fits
one on the demo's rendered line, which the next run finds again as long as the code is the same.
"""

import argparse
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from statistics import mean
from typing import Any

from deploy.benchmarks.speed.bundle import bundle_under_test, store_of
from deploy.benchmarks.speed.decode import measure_decoding
from deploy.benchmarks.speed.footprint import measure_footprint
from deploy.benchmarks.speed.graph.figures import measure_graph
from deploy.benchmarks.speed.graph.peak import measure_peak
from deploy.benchmarks.speed.latency import measure_latency
from deploy.benchmarks.speed.line import running_line
from deploy.benchmarks.speed.many_streams import measure_many_streams
from deploy.benchmarks.speed.pictures import CAMERA, megapixels, pictures
from deploy.benchmarks.speed.plan import Plan
from deploy.benchmarks.speed.scale_out import measure_scale_out
from deploy.benchmarks.speed.side_by_side import measure_side_by_side
from deploy.benchmarks.speed.table import table
from deploy.devtools.errors import ToolingError
from deploy.devtools.machine import machine_block
from deploy.devtools.paths import BUILD
from deploy.devtools.results import write_figures
from service.scoring.bundle import Bundle, BundleError
from training.progress import Progress

LOADS = {"half_load": 0.5, "load_90": 0.9}
STEPS = 7


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the table, write the figures; what is missing ends with one sentence and status 2."""
    options = _parser().parse_args(arguments)
    plan = Plan.short() if options.short else Plan()
    try:
        bundle = bundle_under_test(options.bundle)
        with tempfile.TemporaryDirectory() as work:
            figures = measure(bundle, Path(work), plan, footprint=not options.short)
    except (BundleError, ToolingError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    print(table(figures, machine_block()))
    write_figures(options.figures, figures)
    return 0


def measure(bundle: Bundle, work: Path, plan: Plan, *, footprint: bool) -> dict[str, Any]:
    """All figures of the file, without the machine; `footprint` installs the service anew, which takes a minute."""
    store, images = store_of(bundle, work / "store"), pictures(bundle)
    files = [work / f"{number}.jpg" for number in range(len(images))]
    for file, image in zip(files, images, strict=True):
        file.write_bytes(image)
    sent = [(bundle.manifest.stream, image) for image in images]
    with Progress().steps("bench", STEPS) as step:
        graph = measure_graph(bundle.graph, measure_peak(plan.runs), rounds=plan.runs, seconds=plan.seconds)
        step("graph")
        decode = measure_decoding(bundle, plan.runs)
        step("decoding")
        with running_line(store, sent, work) as line:
            both = measure_side_by_side(line, bundle.path, files, plan)
            step("bare loop and service")
            capacity = both.service.images_per_second
            latency = {name: measure_latency(line, load * capacity, plan) for name, load in LOADS.items()}
        step("latency")
        scale_out = measure_scale_out(store, sent, work, plan)
        step("scale-out")
        many = measure_many_streams(bundle, images[0], work, plan)
        step(f"{plan.streams} streams")
        service_alone = asdict(measure_footprint(store)) if footprint else {}
        step("footprint")
    found: dict[str, Any] = _rounded(
        {
            "image": {"megapixels": megapixels(CAMERA), "bytes": round(mean(map(len, images)))},
            "bundle": {"id": bundle.id, "autoencoder": bundle.manifest.autoencoder.name, "bytes": _size(bundle.path)},
            **asdict(both),
            "graph": asdict(graph),
            "decode": asdict(decode),
            "latency_ms": {name: asdict(each) for name, each in latency.items()},
            "p99_half_load_over_one_image": latency["half_load"].p99 * both.bare_one_thread.images_per_second / 1000,
            "scale_out": asdict(scale_out) if scale_out else None,
            f"streams_{plan.streams}": asdict(many),
            **service_alone,
        }
    )
    return found


def _rounded(value: Any) -> Any:
    """Four significant digits are more than any of these measurements has."""
    if isinstance(value, Mapping):
        return {key: _rounded(each) for key, each in value.items()}
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.benchmarks.speed", description=__doc__)
    parser.add_argument("--bundle", type=Path, help="folder of the bundle (default: one that is fitted)")
    parser.add_argument("--short", action="store_true", help="seconds, to try the benchmark itself")
    parser.add_argument("--figures", type=Path, default=BUILD / "bench.json", help="file of figures")
    return parser


if __name__ == "__main__":
    sys.exit(main())
