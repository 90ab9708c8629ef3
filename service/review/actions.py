"""The actions of the review page: find a part, show it, answer, undo. Knows nothing of HTTP."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime

from service.record.messages import Source
from service.record.reviews import Label, Review
from service.review.image_source import ImageGone, ImageSource
from service.review.metrics import ReviewMetrics
from service.review.part_index import PartIndex, ReviewPart
from service.review.part_search import NoSuchPart, PartSearch
from service.review.previews import for_browser, hatched, small_map, thumbnail, whole_map
from service.review.rescorer import Rescorer
from service.review.review_writer import ReviewWriter
from service.review.schemas import Answer, Box, Lookup, Undo
from service.review.similar import Neighbour, SimilarParts
from service.scoring.image import ImageLimits, ImageRejected
from service.scoring.input_spec import InputSpec
from service.scoring.verdict import Region


class Refused(ValueError):  # noqa: N818 - names what happened
    """A part as it stands does not allow this; the message is one sentence for people."""


@dataclass(frozen=True, slots=True)
class Actions:
    """Finds and shows parts, and writes reviews; for any thread."""

    index: PartIndex
    search: PartSearch
    images: ImageSource
    rescorer: Rescorer
    similar: SimilarParts
    writer: ReviewWriter
    metrics: ReviewMetrics
    limits: ImageLimits
    _writing: threading.Lock = field(default_factory=threading.Lock, init=False)

    def find(self, lookup: Lookup) -> list[ReviewPart]:
        """Find a part, whether or not anybody is asked about it: one entry for each of its images, newest first.

        From then on it can be reviewed like all others.

        Raises:
            NoSuchPart: if there is none.
            StreamError: if the brokers are away.
        """
        return [self.index.choose(verdict) for verdict in self.search.find(lookup.part)]

    def part(self, source: Source) -> ReviewPart:
        """A part that people are asked about, or that somebody looked up.

        Raises:
            NoSuchPart: if it is neither.
        """
        part = self.index.part(source)
        if part is None:
            raise NoSuchPart(
                f"expected a part that people are asked about, found none at {source}: it is older than review_days, "
                "or a newer verdict lets it pass; look it up to review it all the same"
            )
        return part

    def review(self, source: Source, answer: Answer) -> ReviewPart:
        """Write an answer as a review; returns the part after it.

        The image goes into the archive first, so that a review never outlives the image it is about.

        Raises:
            NoSuchPart: if nobody is asked about the part.
            Refused: if the region is not on the image.
            StreamError: if the brokers are away.
            ArchiveError: if the archive cannot be written.
        """
        part = self.part(source)
        region = None if answer.region is None else _on_image(answer.region, part)
        digest = self._archive(part)
        verdict = part.verdict
        review = Review(
            source=source,
            part_id=verdict.part_id,
            stream=verdict.stream,
            bundle=verdict.bundle,
            label=answer.label,
            kind=answer.kind,
            region=region,
            note=answer.note,
            reviewer=answer.reviewer,
            at=datetime.now(UTC),
            asked=part.asked,
            captured_at=verdict.captured_at,
            digest=digest,
        )
        with self._writing:
            self._write(review)
        return self.part(source)

    def undo(self, source: Source, undo: Undo) -> ReviewPart:
        """Withdraw the last answer, so that the one before it holds again, or none; returns the part after it.

        Raises:
            NoSuchPart: if nobody is asked about the part.
            Refused: if the last answer is another one, as when two people review at once.
            StreamError: if the brokers are away.
        """
        with self._writing:
            part = self.part(source)
            last = part.review
            if last is None or last.at != undo.at:
                found = f"another by {last.reviewer}" if last else "none"
                raise Refused(f"expected the answer to take back to be the last one, found {found}; look at it again")
            nothing = {"label": Label.UNDONE, "kind": None, "region": None, "note": "", "reviewer": undo.reviewer}
            earlier = part.history[-2] if len(part.history) > 1 else None
            self._write(earlier or last.model_copy(update={**nothing, "at": datetime.now(UTC)}))
        return self.part(source)

    def preview(self, source: Source, *, small: bool) -> tuple[bytes, str]:
        """A part's image for a browser, and its media type; also of a part that is known by its review alone.

        Raises:
            NoSuchPart: if neither verdict nor review is known.
            ImageGone: if the image is on neither Kafka nor the archive.
            ImageRejected: if it cannot be decoded.
            StreamError: if the brokers are away.
            ArchiveError: if the archive cannot be read.
        """
        known = self.index.part(source) or self.index.review(source)
        if known is None:
            known = self.part(source)
        image = self.images.get(source, known.digest)
        about = known.verdict if isinstance(known, ReviewPart) else known

        def find_spec() -> InputSpec | None:
            manifest = self.rescorer.manifest(about.stream, about.bundle)
            return manifest.input if manifest else None

        return (thumbnail if small else for_browser)(image, self.limits, find_spec)

    def anomaly_map(self, source: Source) -> bytes | None:
        """A part's anomaly map as a PNG to lay over its image: the whole one, else the small one in the verdict.

        Raises:
            NoSuchPart: if nobody is asked about the part.
            Refused: if it is a blind audit.
            StreamError: if the brokers are away and the image is not in the archive.
            ArchiveError: if the archive cannot be read.
        """
        part = self._unblinded(source)
        verdict = part.verdict
        try:
            image = self.images.get(source, part.digest)
            prediction = self.rescorer.score(verdict.stream, verdict.bundle, source, image)
        except (ImageGone, ImageRejected):
            prediction = None
        manifest = self.rescorer.manifest(verdict.stream, verdict.bundle)
        size = verdict.image.height, verdict.image.width
        return whole_map(prediction, manifest, size) if prediction and manifest else small_map(verdict)

    def unscored(self, source: Source) -> bytes | None:
        """A PNG to lay over a part's image, hatched where its bundle scores nothing; None if it scores all of it.

        Raises:
            NoSuchPart: if nobody is asked about the part.
            Refused: if it is a blind audit: a person would look at what is scored alone.
        """
        verdict = self._unblinded(source).verdict
        size = verdict.image.height, verdict.image.width
        return hatched(self.rescorer.manifest(verdict.stream, verdict.bundle), size)

    def neighbours(self, source: Source) -> list[Neighbour] | None:
        """Similar parts that were reviewed; None if the bundle gives no latent of this part.

        Raises:
            NoSuchPart: if nobody is asked about the part.
            Refused: if it is a blind audit: other people's answers would steer this one.
            StreamError: if the brokers are away.
            ArchiveError: if the archive cannot be read.
        """
        return self.similar.find(self._unblinded(source))

    def _unblinded(self, source: Source) -> ReviewPart:
        part = self.part(source)
        if part.is_blind:
            raise Refused("expected an answer first: an audit is blind, so that the answer is yours alone")
        return part

    def _archive(self, part: ReviewPart) -> str | None:
        try:
            return self.images.put(self.images.get(part.source, part.digest))
        except ImageGone:
            return None

    def _write(self, review: Review) -> None:
        written = self.writer.write(review)
        self.index.add_review(review, written.partition, written.offset)
        self.metrics.count(review)


def _on_image(box: Box, part: ReviewPart) -> Region:
    size = part.verdict.image
    if box.x + box.width > size.width or box.y + box.height > size.height:
        raise Refused(
            f"expected a region on the image of {size.width} x {size.height} pixels, found one that ends at "
            f"{box.x + box.width}, {box.y + box.height}; draw it again"
        )
    return Region(**box.model_dump(), peak=0.0)
