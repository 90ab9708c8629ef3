"""Reservoir sampling of a line's passes over time and p-value, with counts of all its verdicts."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from heapq import heapify, heappush, heappushpop, nlargest

from service.record.messages import Source
from service.record.reviews import Label
from training.collection.inspected_part import ExclusionReason, InspectedPart, Stratum
from training.collection.inspection_log import Inspection, read_line
from training.collection.sampling import Cell
from training.collection.time_range import Span
from training.progress import Progress

SPARE = 2
"""Times the parts asked for: others take the place of those whose images are near-duplicates or gone."""

SLICES = 24
"""Of the time range: a week's are seven hours long, so that shifts differ."""

BINS = 10
"""Of the p-value, of equal width: while the process is as calibrated, as many normal parts fall in each."""

MOST_KEPT = 100_000
"""Parts in all, about a kilobyte each, or twice the capacity if that is more."""

Heap = list[tuple[int, int, InspectedPart]]
"""Minus a part's sampling key, when it was added, and the part: the largest key comes first."""


@dataclass(frozen=True, slots=True)
class LineSample:
    """Parts of a stream in a time range: all that were reviewed, a sample of the other passes, and counts of all."""

    reviewed: tuple[InspectedPart, ...]
    """In order of their coordinates, the unsure ones included."""
    passes: tuple[tuple[Cell, InspectedPart], ...]
    """Passes that nobody reviewed, by ascending sampling key."""
    counts: Counter[tuple[Stratum, Label | None]]
    """Verdicts by stratum and by label, None for no review."""
    excluded: Counter[ExclusionReason]
    """Parts that nobody reviewed, and that need it."""

    def total(self) -> int:
        """Verdicts counted."""
        return self.counts.total()

    def of(self, stratum: Stratum) -> int:
        """Verdicts in a stratum."""
        return sum(count for (where, _), count in self.counts.items() if where is stratum)

    def reviewed_share(self, stratum: Stratum) -> float:
        """The share of a stratum that was reviewed as normal or defect; 1 of an empty one."""
        known = sum(self.counts[stratum, label] for label in (Label.NORMAL, Label.DEFECT))
        all_ = self.of(stratum)
        return known / all_ if all_ else 1.0

    def normal_counts(self) -> dict[Stratum, float]:
        """The estimated number of normal parts in each stratum."""
        return {stratum: self._normals(stratum) for stratum in Stratum}

    def _normals(self, stratum: Stratum) -> float:
        """Of those flagged, the share of normal ones among the reviewed; a pass is normal unless reviewed as defect."""
        normal, defects = (self.counts[stratum, label] for label in (Label.NORMAL, Label.DEFECT))
        if stratum is Stratum.FLAGGED:
            return self.of(stratum) * normal / (normal + defects) if normal else 0.0
        return float(self.of(stratum) - defects)


class VerdictReservoir:
    """Collects parts verdict by verdict, in bounded memory.

    Of passes that nobody reviewed, those with the lowest sampling keys are kept: the `capacity` lowest of all, to
    sample in proportion, and the lowest of each cell, at first `capacity`, fewer once all cells hold too many. Cells
    are cut to one length, so they still give `capacity` parts as evenly as before.
    """

    def __init__(self, span: Span, reviewed: Iterable[InspectedPart], capacity: int) -> None:
        """Start with the reviewed parts as their reviews describe them; a verdict replaces that description."""
        self._counts: Counter[tuple[Stratum, Label | None]] = Counter()
        self._excluded: Counter[ExclusionReason] = Counter()
        self._span, self._capacity = span, capacity
        self._reviewed = {part.source: part for part in reviewed}
        self._doubtful: set[Source] = set()
        self._cells: dict[Cell, Heap] = defaultdict(list)
        self._lowest: Heap = []
        self._kept, self._added, self._cut = 0, 0, capacity

    def add(self, part: InspectedPart) -> None:
        """Count a part that has a verdict, and keep it if it may be needed."""
        assert part.stratum is not None  # noqa: S101 - a verdict always decides
        self._counts[part.stratum, part.review.label if part.review else None] += 1
        if part.review is not None:
            self._reviewed[part.source] = part
        elif part.exclusion is not None:
            self._excluded[part.exclusion] += 1
            self._doubtful.add(part.source)
        else:
            self._keep(part)

    def sample(self) -> LineSample:
        """What was added, as plain data."""
        found: dict[Source, InspectedPart] = {}
        heaps = [*self._lowest, *(entry for heap in self._cells.values() for entry in heap)]
        for _, _, part in sorted(heaps, key=lambda entry: (-entry[0], entry[1])):
            found[part.source] = part
        twice = self._doubtful & found.keys()  # a replay was decided otherwise: then it is not plainly normal
        return LineSample(
            reviewed=tuple(sorted(self._reviewed.values(), key=lambda part: _coordinates(part.source))),
            passes=tuple((self._cell(part), part) for source, part in found.items() if source not in twice),
            counts=self._counts,
            excluded=self._excluded + Counter({ExclusionReason.SEEN_TWICE: len(twice)}),
        )

    def _keep(self, part: InspectedPart) -> None:
        self._added += 1  # parts themselves have no order, and a replay has the same key twice
        entry = (-part.sampling_key, self._added, part)
        _push(self._lowest, entry, self._capacity)
        self._kept += _push(self._cells[self._cell(part)], entry, self._cut)
        while self._kept > max(MOST_KEPT, 2 * self._capacity) and self._cut > 1:
            self._cut //= 2
            for heap in self._cells.values():
                heap[:] = nlargest(self._cut, heap)
                heapify(heap)
            self._kept = sum(map(len, self._cells.values()))

    def _cell(self, part: InspectedPart) -> Cell:
        assert part.p_value is not None  # noqa: S101 - only parts with a verdict are kept
        return self._span.slice(part.captured_at, SLICES), min(BINS - 1, int(part.p_value * BINS))


def sample_line(
    inspection: Inspection, stream: str, span: Span, progress: Progress, *, min_p_value: float, seed: int, limit: int
) -> LineSample:
    """Read reviews and verdicts of a stream, no image, and sample its parts.

    Args:
        inspection: the record.
        stream: whose parts.
        span: when they were captured.
        progress: where to report.
        min_p_value: a pass with a p-value below this needs a review.
        seed: of the sampling keys.
        limit: how many images will be wanted; SPARE times as many passes are kept.

    Raises:
        StreamError: if the record cannot be read.
    """
    progress.say(f"reading reviews and verdicts on {stream}, {span}")
    record = read_line(inspection, stream, span, min_p_value=min_p_value, seed=seed)
    reservoir = VerdictReservoir(span, record.reviewed, SPARE * limit)
    for _, part in record.verdicts:
        reservoir.add(part)
    found = reservoir.sample()
    progress.say(f"{found.total()} verdicts, {len(found.reviewed)} parts reviewed")
    return found


def _push(heap: Heap, entry: tuple[int, int, InspectedPart], most: int) -> bool:
    """Add an entry, and drop the largest key if there are too many; whether there is one more now."""
    if len(heap) < most:
        heappush(heap, entry)
        return True
    heappushpop(heap, entry)
    return False


def _coordinates(source: Source) -> tuple[str, int, int]:
    return source.topic, source.partition, source.offset
