"""`python -m deploy.benchmarks.speed.kafka_client`: what the Kafka client costs, by size of image, in a few minutes.

Prints two Markdown tables; the same figures go to build/bench-kafka.json. `--clients` names what is measured side by
side, such as `plain ours ours:fetch_max_bytes=8000000`.
"""

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from deploy.benchmarks.speed.kafka_client.measure import Plan, measure
from deploy.benchmarks.speed.kafka_client.table import table
from deploy.benchmarks.speed.kafka_client.variant import NAMES, Variant
from deploy.devtools.errors import ToolingError
from deploy.devtools.machine import machine_block
from deploy.devtools.paths import BUILD
from deploy.devtools.results import write_figures


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the tables, write the figures; what is missing ends with one sentence and status 2."""
    parser = argparse.ArgumentParser(prog="python -m deploy.benchmarks.speed.kafka_client", description=__doc__)
    parser.add_argument("--clients", nargs="+", default=NAMES, help="what to measure (default: plain ours)")
    parser.add_argument("--sizes", type=int, nargs="+", help="of images, in bytes (default: 50 kB to 4 MB)")
    parser.add_argument("--short", action="store_true", help="seconds, to try the benchmark itself")
    parser.add_argument("--figures", type=Path, default=BUILD / "bench-kafka.json", help="file of figures")
    options = parser.parse_args(arguments)
    try:
        for each in options.clients:
            Variant.parse(each)
        plan = Plan.short() if options.short else Plan()
        plan = replace(plan, sizes=options.sizes or plan.sizes)
        with tempfile.TemporaryDirectory() as work:
            figures = measure(options.clients, Path(work), plan)
    except (ValueError, ToolingError) as error:
        print(f"bench-kafka: {error}", file=sys.stderr)
        return 2
    print(table(figures, machine_block()))
    write_figures(options.figures, figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
