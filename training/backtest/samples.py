"""What a backtest is run on: a folder in MVTec layout, or what the line inspected."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from service.quality.rates import Group, Rates
from service.quality.tally import Tally
from service.record.messages import ReviewReason
from service.record.reviews import Label
from service.scoring.printable import printable
from training.collection.inspected_part import TRAIN, InspectedPart
from training.collection.inspection_log import Inspection, read_line
from training.collection.time_range import Span
from training.data.exclusions import LeftOut
from training.data.folder import GOOD, find_layout, find_tests
from training.data.pixels import read_image
from training.errors import TrainingError

SEED = "backtest"
"""Of the sampling keys: the same parts in every backtest of a time range."""


@dataclass(frozen=True, slots=True)
class Sample:
    """An encoded image, None where it is gone; `kind` is `good`, the kind of its defect, or None without a label."""

    name: str
    kind: str | None
    data: bytes | None
    stands_for: float = 1.0
    """How many parts of the line it represents: all flagged parts are put up for review, and few passes."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Images as an iterator, their number, and a phrase about where they are from."""

    source: str
    total: int
    images: Iterator[Sample]
    rates: tuple[Rates, ...] | None = None
    """Of a line: the rates of each bundle that judged it, from all verdicts and reviews. None for a folder."""
    left_out: tuple[LeftOut, ...] = ()
    """Of a folder: what was passed over."""


def folder_samples(data: Path, *, with_train: bool) -> Samples:
    """The labelled images under test/<kind>/ and, if asked for, the normal ones of train/good.

    Raises:
        TrainingError: if there are none.
    """
    tests = find_tests(data)
    files = [(test.path, test.kind) for test in tests.images]
    left_out = tests.left_out
    if with_train:
        layout = find_layout(data)
        files += [(path, GOOD) for path in layout.normal]
        left_out = layout.left_out
    if not files:
        raise TrainingError(f"expected labelled images in {data}/test/<kind>/, found none; check --data")
    return Samples(
        source=f"{printable(data)}{' with train/good' if with_train else ''}",
        total=len(files),
        images=(Sample(printable(path.relative_to(data)), kind, _read(path)) for path, kind in files),
        left_out=left_out,
    )


def _read(path: Path) -> bytes | None:
    try:
        return read_image(path)
    except OSError:  # it was there when the folder was listed
        return None


def line_samples(inspection: Inspection, stream: str, span: Span, *, limit: int, with_train: bool) -> Samples:
    """Images of what the line inspected: all that was reviewed, and a hash-based sample of up to `limit` other parts.

    Of parts reviewed normal only those count that are held out from every normal set collected, unless `with_train`: a
    bundle's false alarms on what it was fitted on mean little.

    Raises:
        TrainingError: if there are none.
        StreamError, ArchiveError: if the record cannot be read.
    """
    record = read_line(inspection, stream, span, min_p_value=0.0, seed=SEED)
    tally, sample = Tally(), dict[int, InspectedPart]()
    for verdict, part in record.verdicts:
        tally.add(verdict)
        if part.review is None:
            sample[part.sampling_key] = part
            if len(sample) > 2 * limit:  # so that memory does not grow with the line's
                sample = _lowest(sample, limit)
    labelled = [part for part in record.reviewed if with_train or _is_unseen(part)]
    parts = [*labelled, *_lowest(sample, limit).values()]
    if not parts:
        raise TrainingError(
            f"expected parts of stream {stream!r} between {span}, found none; give other times, or a folder with --data"
        )
    rates = tally.rates(record.reviews)
    weights = _parts_for_each_label(rates)
    return Samples(
        source=f"{stream}, {span}{' with what may be learnt from' if with_train else ''}",
        total=len(parts),
        images=(
            Sample(_name(part), _kind(part), data, weights.get(part.review.asked, 0.0) if part.review else 1.0)
            for part, data in inspection.images(parts)
        ),
        rates=tuple(rates),
    )


def _parts_for_each_label(rates: list[Rates]) -> dict[ReviewReason, float]:
    """Parts that each labelled one stands for, by the reason for its review; one that a person chose: none."""
    groups: dict[ReviewReason, list[Group]] = {
        ReviewReason.ANOMALY: [each.anomaly for each in rates],
        ReviewReason.REVIEW: [each.review for each in rates],
        ReviewReason.AUDIT: [each.passed for each in rates],
    }
    return {
        asked: sum(each.parts for each in found) / settled
        for asked, found in groups.items()
        if (settled := sum(each.settled for each in found))
    }


def _is_unseen(part: InspectedPart) -> bool:
    return part.folder != TRAIN or part.exclusion is not None


def _kind(part: InspectedPart) -> str | None:
    if part.review is None or part.review.label is Label.UNSURE:
        return None
    return GOOD if part.review.label is Label.NORMAL else part.folder.removeprefix("test/")


def _name(part: InspectedPart) -> str:
    return f"{part.part_id} ({part.source})"


def _lowest(sample: dict[int, InspectedPart], limit: int) -> dict[int, InspectedPart]:
    return {key: sample[key] for key in sorted(sample)[:limit]}
