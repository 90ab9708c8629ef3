"""Collecting images from the line for the next fit."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from service.record.messages import Source
from training.collection.collected_folder import CollectedFolder, Origin
from training.collection.inspected_part import TRAIN, ExclusionReason, InspectedPart, Stratum
from training.collection.inspection_log import Inspection
from training.collection.sampling import stratified_sample
from training.collection.time_range import Span
from training.collection.verdict_reservoir import LineSample, sample_line
from training.data.duplicate_filter import DuplicateFilter
from training.data.folder import GOOD
from training.data.pixels import pixels_or_none
from training.progress import Progress

ATTEMPTS = 5
"""Times that other parts are sampled in place of those left out; a line of near-duplicates has no more to give."""


@dataclass(frozen=True, slots=True)
class CollectRequest:
    """What the user asked for."""

    stream: str
    span: Span
    out: Path
    limit: int = 2000
    """Images in train/good; reviewed parts are all taken, and count."""
    min_p_value: float = 0.05
    """The acceptance p-value: a pass below it needs a review."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Collected:
    """The images in the folder, and counts of the parts left out."""

    origins: tuple[Origin, ...]
    strata: Mapping[str, Stratum | None]
    """SHA-256 of an image -> the stratum of its part."""
    verdicts: int
    """How many were read."""
    normal_counts: Mapping[Stratum, float]
    """The estimated number of normal parts that the line made."""
    images: Mapping[str, int]
    """Folder -> images."""
    left_out: Mapping[ExclusionReason, int]


def collect(
    request: CollectRequest, inspection: Inspection, progress: Progress, known: Iterable[Path] = ()
) -> Collected:
    """Sample parts by their verdicts and reviews, then fetch and write their images.

    All reviewed parts are taken, then passes spread over time and p-value up to the limit. Near-duplicates of images
    that are there, or of the `known` ones, are left out. The same topics and seed give the same choice, and a second
    run goes on where the first was stopped.

    Raises:
        TrainingError: if the folder cannot be used.
        StreamError, ArchiveError: if the record cannot be read.
    """
    folder = CollectedFolder(request.out, request.stream)
    line = sample_line(
        inspection,
        request.stream,
        request.span,
        progress,
        min_p_value=request.min_p_value,
        seed=request.seed,
        limit=request.limit,
    )
    reviewed = [part for part in line.reviewed if part.exclusion is None]
    kept = folder.reconcile([*reviewed, *(part for _, part in line.passes)])
    images = _NewImages(inspection, progress, [*known, *(path for part, path in kept if _is_normal(part))])
    there = {part.source: part for part, _ in kept}
    for batch in _batches(reviewed, line, there, request.limit):
        for part, image in images.of(batch):
            folder.add(part, image)
            there[part.source] = part
    origins = folder.finish()
    unused = Counter(part.exclusion for part in line.reviewed if part.exclusion is not None)
    return Collected(
        origins=origins,
        strata={origin.sha256: there[origin.source].stratum for origin in origins},
        verdicts=line.total(),
        normal_counts=line.normal_counts(),
        images=dict(sorted(Counter(origin.file.rpartition("/")[0] for origin in origins).items())),
        left_out=dict(line.excluded + unused + images.left_out),
    )


def _batches(
    reviewed: Sequence[InspectedPart], line: LineSample, there: Mapping[Source, InspectedPart], limit: int
) -> Iterator[list[InspectedPart]]:
    """Parts to fetch: those reviewed, then samples of passes until `there` has grown to the limit, or none are left."""
    yield [part for part in reviewed if part.source not in there]
    tried: set[Source] = set()
    for _ in range(ATTEMPTS):
        taken = [cell for cell, part in line.passes if part.source in there]
        waiting = [entry for entry in line.passes if entry[1].source not in there and entry[1].source not in tried]
        sample = stratified_sample(waiting, taken, limit - sum(part.folder == TRAIN for part in there.values()))
        if not sample:
            return
        yield sample
        tried.update(part.source for part in sample)


class _NewImages:
    """Fetches images of parts; those that are gone, unreadable or near-duplicates are counted and left out."""

    def __init__(self, inspection: Inspection, progress: Progress, known: Iterable[Path]) -> None:
        self._inspection, self._progress = inspection, progress
        self._duplicates = DuplicateFilter()
        for path in known:
            if (pixels := pixels_or_none(path)) is not None:
                self._duplicates.remember(pixels)
        self.left_out: Counter[ExclusionReason] = Counter()

    def of(self, parts: Sequence[InspectedPart]) -> Iterator[tuple[InspectedPart, bytes]]:
        fetched = self._inspection.images(parts)
        for part, image in self._progress.track(fetched, "collecting images", len(parts)):
            if image is None:
                self.left_out[ExclusionReason.GONE] += 1
                continue
            pixels = pixels_or_none(image)
            if pixels is None:
                self.left_out[ExclusionReason.UNREADABLE] += 1
            # A defect may well look like a normal part: it is the evidence, and it is never learnt from.
            elif _is_normal(part) and not self._duplicates.is_new(pixels):
                self.left_out[ExclusionReason.NEAR_DUPLICATE] += 1
            else:
                yield part, image


def _is_normal(part: InspectedPart) -> bool:
    return part.folder.endswith(f"/{GOOD}")
