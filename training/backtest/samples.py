"""What a backtest is run on: a folder in MVTec layout, or what the line inspected."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from service.quality.rates import Group, Rates
from service.quality.tally import Tally
from service.record.messages import ReviewReason
from service.record.reviews import Label, Review
from training.collection.inspected_part import InspectedPart, draw, is_held_out, part_of, part_reviewed
from training.collection.inspection_log import Inspection
from training.collection.time_range import Span
from training.data.folder import GOOD, find_layout, find_tests
from training.errors import TrainingError


@dataclass(frozen=True, slots=True)
class Sample:
    """An encoded image, None where it is gone; `kind` is `good`, the kind of its defect, or None: nobody said."""

    name: str
    kind: str | None
    data: bytes | None
    stands_for: float = 1.0
    """How many parts of the line it speaks for: people are asked about all that is flagged, and about few passes."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Images to come, one at a time, how many, and where they are from in words."""

    source: str
    total: int
    images: Iterator[Sample]
    rates: tuple[Rates, ...] | None = None
    """Of a line: what its reviews say of each bundle that judged it. None where the images are all that is known."""


def folder_samples(data: Path, *, with_train: bool) -> Samples:
    """The labelled images under test/<kind>/ and, if asked for, the normal ones of train/good.

    Raises:
        TrainingError: if there are none.
    """
    files = [(test.path, test.kind) for test in find_tests(data)]
    if with_train:
        files += [(path, GOOD) for path in find_layout(data).normal]
    if not files:
        raise TrainingError(f"expected labelled images in {data}/test/<kind>/, found none; check --data")
    return Samples(
        source=f"{data}{' with train/good' if with_train else ''}",
        total=len(files),
        images=(Sample(str(path.relative_to(data)), kind, path.read_bytes()) for path, kind in files),
    )


def line_samples(inspection: Inspection, stream: str, span: Span, *, limit: int, with_train: bool) -> Samples:
    """What the line inspected: everything reviewed, and at most `limit` other parts drawn by lot.

    Of parts reviewed normal only those count that are held out from every normal set collected, unless `with_train`: a
    bundle's false alarms on what it was fitted on say little.

    Raises:
        TrainingError: if there are none.
        StreamError, ArchiveError: if the record cannot be read.
    """
    reviews = {
        source: review
        for source, review in inspection.reviews().items()
        if review.stream == stream and review.captured_at in span
    }
    ledger, lots = Tally(), dict[int, InspectedPart]()
    for verdict in inspection.verdicts(span.start):
        if verdict.stream != stream or verdict.captured_at not in span:
            continue
        ledger.add(verdict)
        if verdict.source not in reviews:
            lots[draw("backtest", verdict.source)] = part_of(verdict, None)
            if len(lots) > 2 * limit:  # so that memory does not grow with the line's
                lots = _lowest(lots, limit)
    labelled = [part_reviewed(review) for review in reviews.values() if with_train or _is_unseen(review)]
    parts = [*labelled, *_lowest(lots, limit).values()]
    if not parts:
        raise TrainingError(
            f"expected parts of stream {stream!r} between {span}, found none; give other times, or a folder with --data"
        )
    rates = ledger.rates(reviews)
    shares = _parts_for_each_label(rates)
    return Samples(
        source=f"{stream}, {span}{' with what may be learnt from' if with_train else ''}",
        total=len(parts),
        images=(
            Sample(_name(part), _kind(part), data, shares.get(part.review.asked, 0.0) if part.review else 1.0)
            for part, data in inspection.images(parts)
        ),
        rates=tuple(rates),
    )


def _parts_for_each_label(rates: list[Rates]) -> dict[ReviewReason, float]:
    """How many parts each labelled one stands for, by why it was asked; one that a person chose stands for no other."""
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


def _is_unseen(review: Review) -> bool:
    return review.label is not Label.NORMAL or is_held_out(review.source)


def _kind(part: InspectedPart) -> str | None:
    if part.review is None or part.review.label is Label.UNSURE:
        return None
    return GOOD if part.review.label is Label.NORMAL else part.folder().removeprefix("test/")


def _name(part: InspectedPart) -> str:
    return f"{part.part_id} ({part.source})"


def _lowest(lots: dict[int, InspectedPart], limit: int) -> dict[int, InspectedPart]:
    return {number: lots[number] for number in sorted(lots)[:limit]}
