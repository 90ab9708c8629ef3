"""Collecting images from the line for the next fit."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from service.scoring.image import ImageRejected, decode
from training.collection.collected_folder import CollectedFolder, Origin
from training.collection.inspected_part import TRAIN, ExclusionReason, InspectedPart
from training.collection.inspection_log import Inspection
from training.collection.sampling import stratified_sample
from training.collection.time_range import Span
from training.collection.verdict_reservoir import VerdictReservoir
from training.data.duplicate_filter import NearCopies
from training.data.folder import GOOD, LIMITS
from training.progress import Progress

SPARE = 2
"""So many times the parts asked for are kept in mind, to have others where images are near copies or gone."""

ROUNDS = 5
"""So often others are chosen in place of those; a line whose parts are all alike has no more to give."""


@dataclass(frozen=True, slots=True)
class CollectRequest:
    """What the user asked for."""

    stream: str
    span: Span
    out: Path
    limit: int = 2000
    """Images in train/good; parts that people reviewed are all taken, and count."""
    guard: float = 0.05
    """A pass with a p-value below this needs a review."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Collected:
    """What is in the folder, and what was left out."""

    origins: tuple[Origin, ...]
    seen: VerdictReservoir
    left_out: dict[ExclusionReason, int]

    def counts(self) -> dict[str, int]:
        """Folder -> images."""
        return dict(sorted(Counter(origin.file.rpartition("/")[0] for origin in self.origins).items()))


def collect(
    request: CollectRequest, inspection: Inspection, progress: Progress, beside: Iterable[Path] = ()
) -> Collected:
    """Choose parts by their verdicts and reviews, then fetch and write their images.

    Everything reviewed is taken, then passes spread over time and p-value up to the limit. Near copies of what is
    there, or of the images `beside`, are passed over. The same topics and seed give the same choice, and a second run
    goes on where the first was stopped.

    Raises:
        TrainingError: if the folder cannot be used.
        StreamError, ArchiveError: if the record cannot be read.
    """
    folder = CollectedFolder(request.out, request.stream)
    seen = look(
        request.stream,
        request.span,
        inspection,
        progress,
        guard=request.guard,
        seed=request.seed,
        most=SPARE * request.limit,
    )
    usable = [part for part in seen.reviewed() if part.why_left_out(request.guard) is None]
    passes = seen.passes()
    left_out = seen.left_out + Counter(
        why for part in seen.reviewed() if (why := part.why_left_out(request.guard)) is not None
    )
    writing = _Writing(folder, inspection, progress, left_out)
    for path in beside:
        writing.remember(path)
    writing.take_up({part.source: part for part in [*usable, *passes]})
    writing.write([part for part in usable if part not in folder])
    tried: set[InspectedPart] = set()
    for _ in range(ROUNDS):
        there = [part for part in passes if part in folder]
        open_ = [part for part in passes if part not in folder and part not in tried]
        chosen = stratified_sample(open_, seen.cell, there, request.limit - folder.count(TRAIN))
        if not chosen:
            break
        writing.write(chosen)
        tried.update(chosen)
    folder.finish()
    return Collected(tuple(folder.origins()), seen, dict(+left_out))


def look(
    stream: str, span: Span, inspection: Inspection, progress: Progress, *, guard: float, seed: int, most: int
) -> VerdictReservoir:
    """Read the reviews and verdicts, no image; arguments as of `VerdictReservoir`.

    Raises:
        StreamError: if the record cannot be read.
    """
    progress.say(f"reading reviews and verdicts on {stream}, {span}")
    seen = VerdictReservoir(stream, span, inspection.reviews(), guard=guard, seed=seed, most=most)
    for verdict in inspection.verdicts(span.start):
        seen.add(verdict)
    progress.say(f"{seen.total()} verdicts, {len(seen.reviewed())} parts reviewed")
    return seen


class _Writing:
    """Fetches images, leaves out near copies, and writes the others."""

    def __init__(
        self, folder: CollectedFolder, inspection: Inspection, progress: Progress, left_out: Counter[ExclusionReason]
    ) -> None:
        self._folder, self._inspection, self._progress, self._left_out = folder, inspection, progress, left_out
        self._looks = NearCopies()

    def remember(self, path: Path) -> None:
        """Count an image file as there."""
        self._looks.remember(decode(path.read_bytes(), LIMITS))

    def take_up(self, belongs: dict[object, InspectedPart]) -> None:
        """Keep of an earlier run what still belongs."""
        for part in self._folder.reconcile(belongs.get):
            if _is_normal(part):
                self.remember(self._folder.path(part))

    def write(self, parts: Sequence[InspectedPart]) -> None:
        fetched = self._inspection.images(parts)
        for part, image in self._progress.track(fetched, "collecting images", len(parts)):
            why = ExclusionReason.GONE if image is None else self._why_not(part, image)
            if why is not None:
                self._left_out[why] += 1
            elif image is not None:
                self._folder.keep(part, image)

    def _why_not(self, part: InspectedPart, image: bytes) -> ExclusionReason | None:
        try:
            pixels = decode(image, LIMITS)
        except ImageRejected:
            return ExclusionReason.UNREADABLE
        # A defect may well look like a normal part: it is the evidence, and it is never learnt from.
        return ExclusionReason.NEAR_COPY if _is_normal(part) and not self._looks.is_new(pixels) else None


def _is_normal(part: InspectedPart) -> bool:
    return part.folder().endswith(f"/{GOOD}")
