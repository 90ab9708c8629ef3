"""`python -m deploy.fuzz`: hostile input of every kind through the code of the service, seeded.

Prints one Markdown table; the same figures go to build/fuzz.json. Failing inputs are saved in build/fuzz/, each with
the command that replays it. Exits 1 if anything crashed, hung, or gave a verdict on pixels not the reference's.
"""

import argparse
import os
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

from deploy.devtools.machine import machine_block
from deploy.devtools.paths import BUILD
from deploy.devtools.results import write_figures
from deploy.fuzz.families import EVERYTHING, FAMILIES, only
from deploy.fuzz.run import Run
from deploy.fuzz.tally import Tally, table
from deploy.fuzz.worker import attempt
from training.progress import Progress

SAVED = BUILD / "fuzz"
MEBIBYTE = 1 << 20
SHOWN = 20
EVERY = 2000
"""Inputs between two notes of the progress."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="make fuzz", description="Hostile input through the code of the service.")
    parser.add_argument("--inputs", type=int, default=100_000, help="how many (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="the same inputs again (default: %(default)s)")
    parser.add_argument("--only", choices=tuple(FAMILIES), help="one family alone")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes (default: one a core)")
    parser.add_argument("--replay", type=Path, help="judge one saved input again")
    options = parser.parse_args()
    if options.replay:
        return _replay(options.replay)
    plan = only(options.only) if options.only else EVERYTHING
    begun = time.perf_counter()
    run, tally = Run(options.seed, options.inputs, options.workers, SAVED, plan), Tally()
    results = run.results()
    with Progress().steps("fuzz", options.inputs) as step, closing(results), suppress(KeyboardInterrupt):
        for result in results:  # Ctrl-C ends it early, with the table of what has been judged
            tally.add(result)
            step(f"{len(tally.faults)} wrong" if tally.inputs % EVERY == 0 else "")
    seconds = time.perf_counter() - begun
    _report(tally, run, options.seed, seconds)
    return 1 if tally.faults else 0


def _report(tally: Tally, run: Run, seed: int, seconds: float) -> None:
    machine = machine_block()
    grown = run.growth / MEBIBYTE
    print(table(tally))
    slowest = ", ".join(f"{each.ms:.0f} ms ({each.group} {each.number})" for each in tally.slowest)
    print(f"\nseed {seed}; {tally.crashes} crashes, {tally.wrong} other faults; slowest {slowest};")
    print(f"a worker grew by {grown:.0f} MB; {seconds:.0f} s, {machine['cpu']}, {machine['cores']} cores")
    for remark, count in sorted(tally.remarks.items()):
        print(f"- {remark}: {count}")
    for fault in tally.faults[:SHOWN]:
        file = SAVED / f"{seed}-{fault.number}-{fault.family}.bin"
        print(f"{fault.group} {fault.number}: {fault.fault}; make fuzz REPLAY={file}")
    figures = tally.figures() | {"rss_growth_mb": round(grown, 1), "seconds": round(seconds, 1)}
    write_figures(BUILD / "fuzz.json", {"seed": seed, **figures})


def _replay(file: Path) -> int:
    """Judge one saved input again; its name has the seed, the number and the family."""
    parts = file.stem.split("-")
    if not file.is_file() or len(parts) != 3 or parts[2] not in FAMILIES:  # noqa: PLR2004 - seed, number, family
        print(f"expected a file <seed>-<number>-<family>.bin as make fuzz saves it, found {file}", file=sys.stderr)
        return 2
    result, hostile = attempt(int(parts[1]), int(parts[0]), only(parts[2]), file.read_bytes())
    found = result.fault or result.remark or "as it should be"
    print(f"{hostile.group}, {len(hostile.data)} bytes: {result.reason}; {found}")
    return 1 if result.fault else 0


if __name__ == "__main__":
    sys.exit(main())
