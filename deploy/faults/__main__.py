"""`python -m deploy.faults`: a line under load goes through seeded faults; it must lose and double nothing.

Prints the seed, each fault as it happens, and one Markdown table; the same figures go to build/faults.json. Logs stay
in build/faults. Ctrl-C ends the schedule after the fault that happens just now, and counts what went before. The exit
status is 1 if an image was lost, doubled, judged wrongly or made up, or if the line did not recover.
"""

import argparse
import random
import shutil
import signal
import sys
import threading
from collections.abc import Collection, Mapping
from itertools import takewhile
from pathlib import Path

from deploy.devtools.errors import ToolingError
from deploy.devtools.paths import BUILD
from deploy.devtools.results import write_figures
from deploy.faults.schedule import LONG_ONE, LONG_THREE, REPLICAS, SHORT, Fault, draw
from deploy.faults.summary import failures, figures, markdown
from deploy.faults.trial import Trial, run_trial
from training.progress import Progress

LOGS = BUILD / "faults"


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    plans = _plans(options, seed)
    print(f"seed {seed}; replay with: make faults SEED={seed}{' SHORT=1' if options.short else ''}", flush=True)
    if options.dry_run:
        for brokers, faults in plans.items():
            print("\n".join(f"{number:3} with {brokers} brokers: {fault}" for number, fault in enumerate(faults, 1)))
        return 0
    shutil.rmtree(options.logs, ignore_errors=True)
    ends = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: ends.set())
    try:
        stable = REPLICAS if options.short else REPLICAS[:1]
        trials = [
            _run(options.logs, brokers, stable, faults, ends) for brokers, faults in plans.items() if not ends.is_set()
        ]
    except ToolingError as error:
        print(f"error: {error}; logs in {options.logs}", file=sys.stderr)
        return 1
    print(markdown(trials, seed))
    write_figures(options.figures, figures(trials, seed))
    wrong = list(failures(trials))
    for sentence in wrong:
        print(f"FAILED: {sentence}; logs in {options.logs}", file=sys.stderr)
    return 1 if wrong else 0


def _plans(options: argparse.Namespace, seed: int) -> Mapping[int, list[Fault]]:
    counts = {1: SHORT} if options.short else {1: LONG_ONE, 3: LONG_THREE}
    chosen = {brokers: draw(each, seed + brokers) for brokers, each in counts.items()}
    if options.only:
        chosen = {brokers: [each for each in faults if options.only in each.kind] for brokers, faults in chosen.items()}
    return {
        brokers: faults[: options.first]
        for brokers, faults in chosen.items()
        if faults and options.brokers in (None, brokers)
    }


def _run(logs: Path, brokers: int, stable: Collection[str], faults: list[Fault], ends: threading.Event) -> Trial:
    folder = logs / f"brokers-{brokers}"
    folder.mkdir(parents=True)
    what = "faults with one broker" if brokers == 1 else f"faults with {brokers} brokers"
    with Progress().steps(what, len(faults)) as step:
        return run_trial(folder, brokers, stable, takewhile(lambda _: not ends.is_set(), faults), step)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.faults", description=__doc__)
    parser.add_argument("--seed", type=int, help="of the schedule (default: a new one, which is printed)")
    parser.add_argument("--short", action="store_true", help="each failpoint once, with one broker: a minute")
    parser.add_argument("--only", metavar="TEXT", help="only the faults of the schedule with this in their kind")
    parser.add_argument("--first", metavar="N", type=int, help="only the first N faults of each part")
    parser.add_argument("--brokers", type=int, choices=(1, 3), help="only that part of the schedule")
    parser.add_argument("--dry-run", action="store_true", help="print the schedule and do nothing")
    parser.add_argument("--logs", type=Path, default=LOGS, help="folder of logs and data, emptied first")
    parser.add_argument("--figures", type=Path, default=BUILD / "faults.json", help="file of figures")
    return parser


if __name__ == "__main__":
    sys.exit(main())
