"""Result of a backtest, as it is saved in the store."""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from service.scoring.bundle import BundleStore
from service.scoring.manifest import Interval, Sha256, StreamName
from service.scoring.verdict import Decision
from training.bundles.files import not_written, replace_file
from training.errors import TrainingError

FOLDER = "backtests"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Decided(_Model):
    """One bundle's score and decision for an image; `error_ratio` is score / threshold at the common budget."""

    score: float
    error_ratio: float
    decision: Decision
    decision_in_force: Decision
    """By its own thresholds, as the service would decide; differs only where its own budget does."""


class Flip(_Model):
    """An image that one of the two flags and the other does not."""

    image: str
    kind: str | None
    """`good`, or the kind of its defect; None without a label."""
    champion: Decided
    challenger: Decided


class Flips(_Model):
    """Flips in one direction: counts over all images, and the worst ones, worst first."""

    normal: int
    defects: int
    unlabelled: int
    worst: tuple[Flip, ...]

    @property
    def count(self) -> int:
        return self.normal + self.defects + self.unlabelled


class Side(_Model):
    """One of the two bundles."""

    bundle: str
    autoencoder: str
    false_alarm_rate: float
    """Its own budget; all counts here are at the champion's."""
    threshold: float
    is_promise: bool
    """Whether its threshold at the common budget is conformal, or an extrapolated estimate."""
    flagged: int
    false_alarms: int
    false_alarm_interval: Interval | None
    """Clopper-Pearson, of the share of labelled normal images that are flagged."""
    defects_flagged: int
    recall_interval: Interval | None
    """The same, of the labelled defects."""
    by_kind: dict[str, int]
    """Kind of defect -> how many are flagged."""
    ms_per_image: float
    """To preprocess and score one, the median."""


class Matched(_Model):
    """The threshold at which a champion would keep its budget, if it is proven to flag more good parts than that."""

    threshold: float
    """A defect counts as caught by it only if it scores above this."""
    false_alarms: Interval
    """The 95 % interval of its share of good parts flagged; the low end is above the budget."""


class Paired(_Model):
    """The exact McNemar test on labelled images: would two equally good bundles differ as unevenly as these?"""

    champion_only: int
    """Images on which only the champion is right."""
    challenger_only: int
    p_value: float


class Backtest(_Model):
    """All figures; saved as <champion>-<challenger>.json."""

    schema_version: Literal[1] = 1
    stream: StreamName
    at: datetime
    by: str
    source: str
    """A phrase about where the images are from."""
    images_digest: Sha256
    """SHA-256 over the sorted SHA-256s of the images."""
    images: int
    normal: int
    defects: dict[str, int]
    """Kind -> how many."""
    left_out: int
    """Images that are gone or cannot be read."""
    false_alarm_rate: float
    """The champion's budget, at which both are compared."""
    champion: Side
    challenger: Side
    newly_flagged: Flips
    no_longer_flagged: Flips
    missed: tuple[str, ...]
    """Labelled defects that the challenger judges milder than the champion, at the common budget or in force."""
    paired: dict[Literal["normal", "defects", "labelled"], Paired]
    matched: Matched | None = None
    """Decides which defects count as caught by the champion, and nothing else; None for one that keeps its budget."""

    @property
    def why_matched(self) -> str:
        """A sentence about the matched threshold; empty without one."""
        if self.matched is None:
            return ""
        low, high = self.matched.false_alarms
        return (
            f"the champion flags {low:.1%} to {high:.1%} of good parts, more than its budget of "
            f"{self.false_alarm_rate:.3g}: a defect counts as caught by it only above {self.matched.threshold:.4g}, "
            "the threshold at which it would keep that budget on these images"
        )


def backtest_path(store: BundleStore, stream: str, champion: str, challenger: str) -> Path:
    """The path of a backtest's JSON; its report next to it ends in .html."""
    return store.folder(stream) / FOLDER / f"{champion}-{challenger}.json"


def save(store: BundleStore, result: Backtest, report: str) -> Path:
    """Write a backtest and its report into the store, in place of an earlier one of the same two; its JSON's path.

    Raises:
        TrainingError: if they cannot be written.
    """
    path = backtest_path(store, result.stream, result.champion.bundle, result.challenger.bundle)
    try:
        path.parent.mkdir(exist_ok=True)
        replace_file(path.with_suffix(".html"), report)
        replace_file(path, result.model_dump_json(indent=1) + "\n")
    except OSError as error:
        raise not_written(path, error) from error
    return path


def read(store: BundleStore, stream: str, champion: str, challenger: str) -> tuple[Backtest, str] | None:
    """The backtest of two bundles and the SHA-256 of its JSON; None if there is none.

    Raises:
        TrainingError: if it cannot be read, or is one of other bundles.
    """
    path = backtest_path(store, stream, champion, challenger)
    try:
        raw = path.read_bytes()
        result = Backtest.model_validate_json(raw)
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise TrainingError(f"expected a backtest in {path}, found none that can be read; run it again") from error
    if (result.stream, result.champion.bundle, result.challenger.bundle) != (stream, champion, challenger):
        raise TrainingError(f"expected {path} to compare {champion} and {challenger}, found others; run it again")
    return result, hashlib.sha256(raw).hexdigest()
