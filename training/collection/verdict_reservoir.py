"""What the line made in a span of time: all parts counted, and as many kept as can be needed."""

from collections import Counter, defaultdict
from heapq import heapify, heappush, heappushpop, nlargest

from service.record.messages import Source, VerdictMessage
from service.record.reviews import Label, Review
from training.collection.inspected_part import ExclusionReason, InspectedPart, Stratum, draw, part_of, part_reviewed
from training.collection.time_range import Span

SLICES = 24
"""Of the span of time: a week's are seven hours long, so that shifts differ."""

BINS = 10
"""Of the p-value, of equal width: while the process is as calibrated, as many normal parts fall in each."""

MOST_KEPT = 100_000
"""Parts in all, about a kilobyte each, or so many as are asked for twice over."""

Cell = tuple[int, int]
"""A slice of time and a bin of p-values."""

Lots = list[tuple[int, int, InspectedPart]]
"""A heap of minus a part's number in the lottery, when it was added, and the part: the largest number comes first."""


class VerdictReservoir:
    """Parts of one stream within a span, added verdict by verdict.

    Memory does not grow with the line's. Of parts that nobody reviewed, those with the lowest numbers in the lottery
    are kept: the `most` lowest of all, to draw in proportion, and the lowest of each cell, at first `most`, fewer once
    all cells hold too many. Cells are cut to one length, so they still give `most` parts as evenly as before.
    """

    def __init__(
        self, stream: str, span: Span, reviews: dict[Source, Review], *, guard: float, seed: int, most: int
    ) -> None:
        self.guard = guard
        self.counts: Counter[tuple[Stratum, Label | None]] = Counter()
        """Verdicts by stratum and by what people said, None for nothing."""
        self.left_out: Counter[ExclusionReason] = Counter()
        self._stream, self._span, self._seed, self._most = stream, span, seed, most
        self._reviews = {source: review for source, review in reviews.items() if review.stream == stream}
        self._reviewed: dict[Source, InspectedPart] = {
            source: part_reviewed(review) for source, review in self._reviews.items() if review.captured_at in span
        }
        self._doubtful: set[Source] = set()
        self._lots: dict[Cell, Lots] = defaultdict(list)
        self._lowest: Lots = []
        self._kept, self._added, self._cut = 0, 0, most

    def add(self, verdict: VerdictMessage) -> None:
        """Count a verdict; one of another stream or time is passed over."""
        if verdict.stream != self._stream or verdict.captured_at not in self._span:
            return
        part = part_of(verdict, self._reviews.get(verdict.source))
        stratum = part.stratum(self.guard)
        assert stratum is not None  # noqa: S101 - a verdict always decides
        self.counts[stratum, part.review.label if part.review else None] += 1
        if part.review is not None:
            self._reviewed[part.source] = part
        elif (why := part.why_left_out(self.guard)) is not None:
            self.left_out[why] += 1
            self._doubtful.add(part.source)
        else:
            self._keep(part)

    def reviewed(self) -> list[InspectedPart]:
        """All parts that people said something of, in order of their coordinates, also the unsure ones."""
        return sorted(self._reviewed.values(), key=lambda part: _place(part.source))

    def passes(self) -> list[InspectedPart]:
        """Passes that nobody reviewed, as many as were kept, in the order of the lottery."""
        lots = [*self._lowest, *(entry for lots in self._lots.values() for entry in lots)]
        found: dict[Source, InspectedPart] = {}
        for _, _, part in sorted(lots, key=lambda entry: (-entry[0], entry[1])):
            found[part.source] = part
        twice = self._doubtful & found.keys()  # a replay was decided otherwise: then it is not plainly normal
        self.left_out[ExclusionReason.SEEN_TWICE] = len(twice)
        return [part for source, part in found.items() if source not in twice]

    def cell(self, part: InspectedPart) -> Cell:
        """Where a part with a verdict belongs."""
        assert part.p_value is not None  # noqa: S101 - only parts with a verdict are asked for
        return self._span.slice(part.captured_at, SLICES), min(BINS - 1, int(part.p_value * BINS))

    def total(self) -> int:
        """Verdicts counted."""
        return self.counts.total()

    def reviewed_share(self, stratum: Stratum) -> float:
        """The share of a stratum that people said to be normal or a defect; 1 of an empty one."""
        known = sum(self.counts[stratum, label] for label in (Label.NORMAL, Label.DEFECT))
        all_ = self.of(stratum)
        return known / all_ if all_ else 1.0

    def of(self, stratum: Stratum) -> int:
        """Verdicts in a stratum."""
        return sum(count for (where, _), count in self.counts.items() if where is stratum)

    def normals(self, stratum: Stratum) -> float:
        """How many parts of a stratum are normal.

        Of those flagged, the share that people said to be normal of those they were sure of, 0 if of none; a pass is
        normal unless people said otherwise.
        """
        normal, defects = (self.counts[stratum, label] for label in (Label.NORMAL, Label.DEFECT))
        if stratum is Stratum.FLAGGED:
            return self.of(stratum) * normal / (normal + defects) if normal else 0.0
        return float(self.of(stratum) - defects)

    def normal_counts(self) -> dict[Stratum, float]:
        """How many parts of each stratum are normal."""
        return {stratum: self.normals(stratum) for stratum in Stratum}

    def _keep(self, part: InspectedPart) -> None:
        self._added += 1  # parts themselves have no order, and a replay gives the same number twice
        entry = (-draw(self._seed, part.source), self._added, part)
        _push(self._lowest, entry, self._most)
        self._kept += _push(self._lots[self.cell(part)], entry, self._cut)
        while self._kept > max(MOST_KEPT, 2 * self._most) and self._cut > 1:
            self._cut //= 2
            for lots in self._lots.values():
                lots[:] = nlargest(self._cut, lots)
                heapify(lots)
            self._kept = sum(map(len, self._lots.values()))


def _push(lots: Lots, entry: tuple[int, int, InspectedPart], most: int) -> bool:
    """Add an entry, and drop the largest number if there are too many; whether there is one more now."""
    if len(lots) < most:
        heappush(lots, entry)
        return True
    heappushpop(lots, entry)
    return False


def _place(source: Source) -> tuple[str, int, int]:
    return source.topic, source.partition, source.offset
