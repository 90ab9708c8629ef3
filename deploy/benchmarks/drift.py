"""`python -m deploy.benchmarks.drift`: which alarm a change on the line raises, and after how many parts.

Every normal image that the fit did not see is scored once as it is and once under each change; what it scores and how
bright it is stay together. These pairs are the population: each simulated line draws its calibration set from it and
then its parts, with replacement, since no set has as many images as a line makes parts. So nothing but the change tells
the parts from the calibration set.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from deploy.benchmarks.datasets import find_sets
from deploy.benchmarks.perturbations import CHANGES
from deploy.demo.renderer.render import write_line
from deploy.devtools.paths import BUILD
from deploy.devtools.results import write_figures
from service.scoring.bundle import Bundle, BundleError, BundleStore
from service.scoring.drift import SIGNALS, DriftWatch, Signal
from service.scoring.image import brightness, decode, preprocess
from service.scoring.scorer import Scorer
from service.scoring.verdict import decide
from training.backend.quiet import quiet
from training.calibration.drift_limits import ordinary_images
from training.calibration.threshold import calibrate
from training.data.folder import LIMITS, find_tests
from training.errors import TooFewImages, TrainingError
from training.evaluation.scored_images import ScoredImage
from training.pipelines.fit import FitRequest, fit
from training.progress import Progress
from training.statistics.detection_metrics import auroc

RENDERED = "rendered"
RATE = 0.01
BURSTS = (0.02, 0.1)
BEFORE, AFTER = 1500, 3000
"""Parts of a simulated line before the change, which fill the reference, and at most after it."""

GOAL_PARTS = 200
MONTH = 1_000_000
"""In place of a line's number, for a seed that none of them has."""

SCORE, BRIGHTNESS = range(len(SIGNALS))
Parts = NDArray[np.float64]
"""[parts, 2]: the score of each, and the mean grey value of its preprocessed pixels."""


@dataclass(frozen=True, slots=True)
class Population:
    """Of one set: normal images that the fit did not see, as they are and under each change, and defects."""

    normal: Parts
    changed: Mapping[str, Parts]
    defects: Parts


@dataclass(frozen=True, slots=True)
class Row:
    """One set and one change; alarms are the first of each line after the change, parts their median."""

    set: str
    change: str
    images: int
    visible: Mapping[Signal, float] | None
    """AUROC of the changed scores, and brightnesses, against the unchanged: 0.5 in both cannot be seen."""
    flagged: float
    """Share of the parts that are anomalies then."""
    lines: int
    drift_alarms: int
    drift_parts: float | None
    drift_signs: Mapping[Signal, int]
    """On how many lines the alarm of drift was raised by each sign."""
    burst_alarms: int
    burst_parts: float | None
    goal_met: bool


@dataclass(frozen=True, slots=True)
class Month:
    """A simulated month without any change."""

    set: str
    parts: int
    drift_alarms: int
    burst_alarms: int


def main() -> None:
    """Measure, print the tables, write the figures; a user's mistake ends with one sentence and status 2."""
    parser = argparse.ArgumentParser(prog="python -m deploy.benchmarks.drift")
    parser.add_argument("data", type=Path, help="folder of sets in MVTec layout")
    parser.add_argument("--sets", nargs="*", default=[], help=f"their names, and {RENDERED}; default: all")
    parser.add_argument("--store", type=Path, default=BUILD / "bench-drift", help="bundles there are not fitted again")
    parser.add_argument("--lines", type=int, default=20, help="simulated lines for each change")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    progress, rows, months = Progress(), [], []
    try:
        for path in find_sets(arguments.data, arguments.sets, {RENDERED: BUILD / "bench-drift" / "images" / RENDERED}):
            progress.say(f"{path.name}")
            bundle = _bundle(path, BundleStore(arguments.store), progress)
            parts = look(bundle, path, arguments.seed, progress)
            rows += list(measure(bundle, path.name, parts, arguments.lines, arguments.seed))
            months.append(month(bundle, path.name, parts.normal, arguments.seed, progress))
            _write(rows, months)  # after each: a run takes long, and what it measured must outlive it
    except (TrainingError, BundleError) as error:
        sys.stderr.write(f"bench-drift: {error}\n")
        sys.exit(2)
    print(f"{table(rows)}\n\n{months_table(months)}")


def look(bundle: Bundle, path: Path, seed: int, progress: Progress) -> Population:
    """Score calibration and test images of a set, and see how bright they are: the normal ones also when changed."""
    with quiet():
        scorer = Scorer(bundle)
    tests, trained = find_tests(path), sorted((path / "train" / "good").iterdir())
    images = [*((test.path, test.is_defect, True) for test in tests), *((image, False, False) for image in trained)]
    calibrated = set(bundle.manifest.calibration.scores)
    rng = np.random.default_rng(seed)

    def seen(pixels: NDArray[np.uint8]) -> tuple[float, float]:
        return scorer.score([pixels])[0].score, brightness(pixels)

    normal, defects = [], []
    changed: dict[str, list[tuple[float, float]]] = {name: [] for name in CHANGES}
    for image, is_defect, is_test in progress.track(images, "scoring", len(images)):
        pixels = preprocess(decode(image.read_bytes(), LIMITS), scorer.input)
        found = seen(pixels)
        if is_defect:
            defects.append(found)
        elif is_test or found[SCORE] in calibrated:  # the others are those it was fitted on
            normal.append(found)
            for name, change in CHANGES.items():
                changed[name].append(seen(change(pixels, rng)))
    return Population(np.array(normal), {name: np.array(found) for name, found in changed.items()}, np.array(defects))


def measure(bundle: Bundle, name: str, parts: Population, lines: int, seed: int) -> Iterator[Row]:
    """Simulate lines for each change and each burst."""
    for change, changed in parts.changed.items():
        yield _row(bundle, name, change, parts, [(changed, 1.0)], lines, seed)
    for share in BURSTS:
        mixed = [(parts.normal, 1.0 - share), (parts.defects, share)]
        yield _row(bundle, name, f"burst: {share:.0%} bad parts", parts, mixed, lines, seed)


def month(bundle: Bundle, name: str, normal: Parts, seed: int, progress: Progress) -> Month:
    """The false alarms of one watch in a month at the stream's rate."""
    line = _Line(bundle, normal, [seed, MONTH])
    parts = round(line.spec.average_run_length)
    drift = burst = 0
    for part in progress.track(line.draw([(normal, 1.0)], parts), "a month", parts):
        line.update(part)
        drift += line.watch.drift >= 1.0
        burst += line.watch.burst >= 1.0
    return Month(name, parts, drift, burst)


def table(rows: Sequence[Row]) -> str:
    """Markdown: a line for each set and change."""
    columns = ["set (normal images)", "change", *(f"visible: {sign}" for sign in SIGNALS), "anomalies"]
    columns += ["drift alarm after", "seen by", "burst alarm after", "goal"]
    lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    lines += [
        f"| {row.set} ({row.images}) | {row.change} "
        f"| {' | '.join(f'{row.visible[sign]:.2f}' if row.visible else '' for sign in SIGNALS)} "
        f"| {row.flagged:.1%} | {_after(row.drift_parts, row.drift_alarms, row.lines)} | {_signs(row.drift_signs)} "
        f"| {_after(row.burst_parts, row.burst_alarms, row.lines)} | {'met' if row.goal_met else 'missed'} |"
        for row in rows
    ]
    return "\n".join(lines)


def months_table(months: Sequence[Month]) -> str:
    """Markdown: the false alarms of a month, by set."""
    lines = ["| set | parts without change | drift alarms | burst alarms |", "|---|---|---|---|"]
    lines += [f"| {each.set} | {each.parts:,} | {each.drift_alarms} | {each.burst_alarms} |" for each in months]
    return "\n".join(lines)


def _row(
    bundle: Bundle,
    name: str,
    change: str,
    parts: Population,
    after: Sequence[tuple[Parts, float]],
    lines: int,
    seed: int,
) -> Row:
    is_drift = change in parts.changed
    firsts = [_first_alarms(bundle, parts.normal, after, [seed, line], stop=is_drift) for line in range(lines)]
    drift = [first.drift for first in firsts if first.drift is not None]
    burst = [first.burst for first in firsts if first.burst is not None]
    drift_parts = median(drift) if drift else None
    seen_soon = len(drift) == lines and drift_parts is not None and drift_parts <= GOAL_PARTS
    threshold = bundle.manifest.calibration.threshold
    return Row(
        set=name,
        change=change,
        images=len(parts.normal),
        visible=_visible(parts.normal, parts.changed[change]) if is_drift else None,
        flagged=float(sum(share * np.mean(found[:, SCORE] > threshold) for found, share in after)),
        lines=lines,
        drift_alarms=len(drift),
        drift_parts=drift_parts,
        drift_signs=dict(Counter(sign for first in firsts for sign in first.signs)),
        burst_alarms=len(burst),
        burst_parts=median(burst) if burst else None,
        goal_met=seen_soon if is_drift else not drift,
    )


def _visible(normal: Parts, changed: Parts) -> dict[Signal, float]:
    """How well changed parts can be told from others by each sign, to whichever side they moved."""
    found = {sign: auroc(normal[:, column], changed[:, column]) for column, sign in enumerate(SIGNALS)}
    return {sign: max(each, 1.0 - each) for sign, each in found.items()}


@dataclass(frozen=True, slots=True)
class _Firsts:
    """After how many changed parts each alarm came first on one line, and by what the one of drift was seen."""

    drift: int | None
    signs: tuple[Signal, ...]
    burst: int | None


def _first_alarms(
    bundle: Bundle, normal: Parts, after: Sequence[tuple[Parts, float]], seed: Sequence[int], *, stop: bool
) -> _Firsts:
    """Simulate a line; `stop` ends it at the alarm of drift."""
    line = _Line(bundle, normal, seed)
    for part in line.draw([(normal, 1.0)], BEFORE):
        line.update(part)
    drift = burst = None
    signs: tuple[Signal, ...] = ()
    for number, part in enumerate(line.draw(after, AFTER), start=1):
        line.update(part)
        if drift is None and line.watch.drift >= 1.0:
            drift = number
            signs = tuple(sign for sign, evidence in line.watch.signals.items() if evidence >= 1.0)
            if stop:
                break
        if burst is None and line.watch.burst >= 1.0:
            burst = number
    return _Firsts(drift, signs, burst)


class _Line:
    """A simulated line with a calibration set of its own, drawn from the same population as its parts."""

    def __init__(self, bundle: Bundle, normal: Parts, seed: Sequence[int]) -> None:
        self._rng = np.random.default_rng(seed)
        manifest = bundle.manifest
        drawn = self._rng.choice(normal, manifest.calibration.n)
        images = [ScoredImage(Path(), score, score, grey) for score, grey in drawn.tolist()]
        self._calibration = calibrate(
            images,
            manifest.calibration.false_alarm_rate,
            extrapolate=not manifest.calibration.is_promise,
        )
        if manifest.drift is None:
            raise BundleError(f"expected limits of drift in bundle {bundle.id}, found none; fit anew with this release")
        ordinary = ordinary_images(self._calibration, images)
        compared: dict[str, tuple[float, ...] | None] = {"scores": tuple(image.score for image in ordinary)}
        sees_light = manifest.drift.brightness is not None
        compared["brightness"] = tuple(image.brightness for image in ordinary) if sees_light else None
        self.spec = manifest.drift.model_copy(update=compared)
        self.watch = DriftWatch(self._calibration, self.spec, bundle.id)
        self._parts = 0

    def update(self, part: tuple[float, float]) -> None:
        self._parts += 1
        score, grey = part
        self.watch.update(score, decide(score, self._calibration), f"part-{self._parts}", grey)

    def draw(self, sources: Sequence[tuple[Parts, float]], parts: int) -> list[tuple[float, float]]:
        """Parts drawn from several sources, each with its share."""
        chosen = self._rng.choice(len(sources), parts, p=[share for _, share in sources])
        drawn = np.stack([self._rng.choice(source, parts) for source, _ in sources])
        found: list[tuple[float, float]] = drawn[chosen, np.arange(parts)].tolist()
        return found


def _after(parts: float | None, alarms: int, lines: int) -> str:
    if parts is None:
        return "none"
    return f"{parts:.0f} parts" + ("" if alarms == lines else f" ({alarms} of {lines} lines)")


def _signs(found: Mapping[Signal, int]) -> str:
    if len(found) == 1:
        return next(iter(found))
    return ", ".join(f"{sign} ({found[sign]})" for sign in SIGNALS if sign in found)


def _bundle(path: Path, store: BundleStore, progress: Progress) -> Bundle:
    """The champion of the set's stream, fitted now if there is none; with the smallest budget if 1 % is too small."""
    if path.name == RENDERED and not path.is_dir():
        progress.say("rendering parts")
        write_line(path, seed=0, train_good=400, test_good=300, per_defect=15)
    if store.champion_id(path.name) is None:
        request = FitRequest(data=path, stream=path.name, store=store, false_alarm_rate=RATE)
        try:
            fit(request, progress)
        except TooFewImages as error:
            smallest = error.smallest_false_alarm_rate
            progress.say(f"too few images for a budget of {RATE:g}: fitted for {smallest:g}")
            fit(FitRequest(data=path, stream=path.name, store=store, false_alarm_rate=smallest), progress)
    return store.champion(path.name)


def _write(rows: Sequence[Row], months: Sequence[Month]) -> None:
    figures = {"rows": [asdict(row) for row in rows], "months": [asdict(each) for each in months]}
    write_figures(BUILD / "bench-drift.json", figures)


if __name__ == "__main__":
    main()
