"""The demo's command line."""

import argparse
from dataclasses import dataclass
from pathlib import Path

FALSE_ALARM_RATE = 0.01


@dataclass(frozen=True)
class Options:
    """The options of one run."""

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
    calibration: str | None = None


def read_options(description: str, arguments: list[str] | None = None) -> Options:
    """Read `arguments`, or those of the process; a mistake ends with argparse's sentence and status 2."""
    parser = argparse.ArgumentParser(
        prog="python -m deploy.demo", description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--data", type=Path, help="folder in MVTec layout (default: rendered parts)")
    add("--loop", action="store_true", help="the lamp ages: drift, reviews, retraining, promotion")
    add("--keep", action="store_true", help="stay up, with the pages live, until Ctrl-C")
    add("--seed", type=int, default=0, help="of the rendering, the fit and the order of images (default: 0)")
    add("--images", type=_at_least_one, help="to stream, of --loop in each phase (default: 300, or all of --data)")
    add("--autoencoder", help="to fit (default: that of linewatch-train fit)")
    add("--options", dest="fit_options", action="append", default=[], metavar="NAME=VALUE", help="of the autoencoder")
    add("--epochs", type=_at_least_one, help="most epochs of the fit (default: those of the autoencoder)")
    add("--image-size", type=_at_least_one, default=256, help="side of the model's input, in pixels (default: 256)")
    add("--false-alarm-rate", type=float, help=f"share of good parts, at most (default: {FALSE_ALARM_RATE})")
    add("--parts-per-hour", type=_positive, help="rate of the line (default: that of linewatch-train fit)")
    add("--rate", type=_positive, default=20.0, help="images streamed in a second (default: 20)")
    add("--calibration", choices=("cross", "split"), help="of the fit (default: that of linewatch-train fit)")
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
