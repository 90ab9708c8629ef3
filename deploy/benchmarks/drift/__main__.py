"""`python -m deploy.benchmarks.drift`: which alarm a change on the line raises, and after how many parts.

Every normal image that the fit did not see is scored once as it is and once under each change (`population`). Lines are
simulated from these scores (`simulated_line`) and their alarms counted (`measure`). Prints two Markdown tables; the
same figures go to build/bench-drift.json.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from deploy.benchmarks.datasets import find_sets
from deploy.benchmarks.drift.measure import Month, Row, measure, month
from deploy.benchmarks.drift.population import score_images
from deploy.benchmarks.drift.tables import months_table, table
from deploy.demo.renderer.render import write_line
from deploy.devtools.paths import BUILD
from deploy.devtools.results import write_figures
from service.scoring.bundle import Bundle, BundleError, BundleStore
from training.errors import TooFewImages, TrainingError
from training.pipelines.fit import fit
from training.pipelines.fit_request import FitRequest
from training.progress import Progress

RENDERED = "rendered"
FALSE_ALARM_RATE = 0.01
FOLDER = BUILD / "bench-drift"


def main() -> None:
    """Measure, print the tables, write the figures; a user's mistake ends with one sentence and status 2."""
    parser = argparse.ArgumentParser(prog="python -m deploy.benchmarks.drift")
    parser.add_argument("data", type=Path, help="folder of sets in MVTec layout")
    parser.add_argument("--sets", nargs="*", default=[], help=f"names of sets, or {RENDERED} (default: all)")
    parser.add_argument("--store", type=Path, default=FOLDER, help="bundles there are not fitted again")
    parser.add_argument("--lines", type=int, default=20, help="simulated lines for each change (default: 20)")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    progress, rows, months = Progress(), list[Row](), list[Month]()
    try:
        for path in find_sets(arguments.data, arguments.sets, {RENDERED: FOLDER / "images" / RENDERED}):
            progress.say(f"{path.name}")
            bundle = _champion(path, BundleStore(arguments.store), progress)
            parts = score_images(bundle, path, arguments.seed, progress)
            rows += measure(bundle, path.name, parts, arguments.lines, arguments.seed)
            months.append(month(bundle, path.name, parts.normal, arguments.seed, progress))
            _write(rows, months)  # after each set: an interrupted run keeps what it measured
    except (TrainingError, BundleError) as error:
        sys.stderr.write(f"bench-drift: {error}\n")
        sys.exit(2)
    print(f"{table(rows)}\n\n{months_table(months)}")


def _champion(path: Path, store: BundleStore, progress: Progress) -> Bundle:
    """The champion of the set's stream, fitted now if there is none.

    With too few images for FALSE_ALARM_RATE it is fitted for the smallest rate that they support.
    """
    if path.name == RENDERED and not path.is_dir():
        progress.say("rendering parts")
        write_line(path, seed=0, train_good=400, test_good=300, per_defect=15)
    if store.champion_id(path.name) is None:
        request = FitRequest(data=path, stream=path.name, store=store, false_alarm_rate=FALSE_ALARM_RATE)
        try:
            fit(request, progress)
        except TooFewImages as error:
            smallest = error.smallest_false_alarm_rate
            progress.say(f"too few images for a false-alarm rate of {FALSE_ALARM_RATE:g}: fitted for {smallest:g}")
            fit(FitRequest(data=path, stream=path.name, store=store, false_alarm_rate=smallest), progress)
    return store.champion(path.name)


def _write(rows: Sequence[Row], months: Sequence[Month]) -> None:
    figures = {"rows": [asdict(row) for row in rows], "months": [asdict(each) for each in months]}
    write_figures(BUILD / "bench-drift.json", figures)


if __name__ == "__main__":
    main()
