"""`python -m deploy.soak`: as many images as the time allows through the service, and whether memory stays flat.

Three phases: a mixed stream with new champions every minute, scrapes and pages; a backlog of 100 000; twice what the
service can do for ten minutes. Prints one Markdown table; the same figures go to build/soak.json, a plot next to it.
The exit status is 1 if something is lost or doubled, is not flat, or if the group rebalanced.
"""

import argparse
import random
import shutil
import sys
from pathlib import Path
from typing import Any

from deploy.devtools.broker.install import fetch
from deploy.devtools.broker.local import LocalKafka
from deploy.devtools.commands.linewatch import create_topics
from deploy.devtools.errors import ToolingError
from deploy.devtools.paths import BUILD
from deploy.devtools.results import write_figures
from deploy.devtools.tiny_bundle import write_bundle
from deploy.soak.phases import Phase, Plan, Soak
from deploy.soak.summary import failures, figures, markdown, plot
from training.progress import Progress

LOGS = BUILD / "soak"
MEBIBYTE = 1 << 20
RETENTION: dict[str, Any] = {  # of each partition: hours of images need not lie on disk until the end
    "log_retention_bytes": 512 * MEBIBYTE,
    "log_segment_bytes": 32 * MEBIBYTE,
    "log_retention_check_interval_ms": 30_000,
}
GAINS = (1.0, 1.001)
"""Of the champions that take turns: no decision depends on which one it is."""


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    again = "SHORT=1" if options.short else f"MINUTES={options.minutes:g}"
    print(f"seed {seed}; again with: make soak SEED={seed} {again}", flush=True)
    plan = Plan.short() if options.short else Plan.of(options.minutes)
    shutil.rmtree(options.logs, ignore_errors=True)
    options.logs.mkdir(parents=True)
    try:
        phases, found = _run(options.logs, plan, seed)
    except ToolingError as error:
        print(f"error: {error}; logs in {options.logs}", file=sys.stderr)
        return 1
    print(markdown(found))
    write_figures(options.figures, found)
    plot(phases, options.figures.with_suffix(".svg"))
    wrong = list(failures(found, long_enough=not options.short))
    for sentence in wrong:
        print(f"FAILED: {sentence}; logs in {options.logs}", file=sys.stderr)
    return 1 if wrong else 0


def _run(folder: Path, plan: Plan, seed: int) -> tuple[list[Phase], dict[str, object]]:
    champions = [write_bundle(folder / "store", gain=gain) for gain in GAINS]
    with LocalKafka(fetch(), folder / "kafka", **RETENTION) as kafka:
        soak = Soak(folder, kafka.bootstrap_servers, champions, plan, seed)
        create_topics(soak.environment)
        with soak.reader, Progress().steps("soak", 3) as step:
            phases = [soak.mixed()]
            step(_note(phases[-1]))
            phases.append(soak.backlog())
            step(_note(phases[-1]))
            phases.append(soak.overload(phases[-1].images_per_second))
            step(_note(phases[-1]))
        return phases, figures(phases, soak.ledger, seed)


def _note(phase: Phase) -> str:
    return f"{phase.name}: {phase.images} images in {phase.seconds:.0f} s"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0, help="how long the whole takes, roughly")
    parser.add_argument("--seed", type=int, help="of the mixed images (default: a new one, which is printed)")
    parser.add_argument("--short", action="store_true", help="half a minute, to try the soak itself")
    parser.add_argument("--logs", type=Path, default=LOGS, help="folder of logs and data, emptied first")
    parser.add_argument("--figures", type=Path, default=BUILD / "soak.json", help="file of figures")
    return parser


if __name__ == "__main__":
    sys.exit(main())
