"""The demo's command line."""

import argparse
from dataclasses import dataclass
from pathlib import Path

FALSE_ALARM_RATE = 0.01


@dataclass(frozen=True)
class Options:
    """What the user asked for."""

    data: Path | None = None
    loop: bool = False
    keep: bool = False
    seed: int = 0
    images: int | None = None
    autoencoder: str | None = None
    fit_options: tuple[str, ...] = ()
    epochs: int | None = None
    image_size: int = 256
    false_alarm_rate: float | None = None
    parts_per_hour: float | None = None
    rate: float = 20.0


def read_options(description: str, arguments: list[str] | None = None) -> Options:
    """Reads `arguments`, or the process's own; a mistake ends with argparse's sentence and status 2."""
    parser = argparse.ArgumentParser(
        prog="python -m deploy.demo", description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="folder in MVTec layout (default: rendered parts)")
    parser.add_argument("--loop", action="store_true", help="the lamp ages: drift, reviews, retraining, promotion")
    parser.add_argument("--keep", action="store_true", help="stay up, with the pages live, until Ctrl-C")
    parser.add_argument("--seed", type=int, default=0, help="of the rendering, the fit and the order")
    parser.add_argument(
        "--images", type=_at_least_one, help="how many to stream (default: 300, or all of --data); of --loop, a phase"
    )
    parser.add_argument("--autoencoder", help="of the fit (default: as the fit has it)")
    parser.add_argument(
        "--options", dest="fit_options", action="append", default=[], metavar="NAME=VALUE", help="of the autoencoder"
    )
    parser.add_argument("--epochs", type=_at_least_one, help="most epochs of the fit (default: as the fit has it)")
    parser.add_argument("--image-size", type=_at_least_one, default=256, help="side of what the model sees, pixels")
    parser.add_argument("--false-alarm-rate", type=float, help=f"of good parts (default: {FALSE_ALARM_RATE})")
    parser.add_argument("--parts-per-hour", type=_positive, help="of the line (default: as the fit has it)")
    parser.add_argument("--rate", type=_positive, default=20.0, help="images a second")
    found = vars(parser.parse_args(arguments))
    if found["loop"] and found["keep"]:
        parser.error("expected --loop or --keep, found both: the loop ends by itself")
    return Options(**found | {"fit_options": tuple(found["fit_options"])})


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, found {text!r}")
    return int(text)


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not value > 0:
        raise argparse.ArgumentTypeError(f"expected a number above 0, found {text!r}")
    return value
