"""What can be done with a part on the page, apart from how the page asks for it."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from service.record.messages import Source
from service.record.reviews import DefectKind, Label, Review
from service.review.image_source import ImageGone, Images
from service.review.metrics import ReviewMetrics
from service.review.part_index import PartIndex, ReviewPart
from service.review.part_search import Finder, NoSuchPart
from service.review.previews import for_browser, thumbnail
from service.review.rescorer import Rescorer, small_map, whole_map
from service.review.review_writer import ReviewWriter
from service.review.similar import Code, Codes, Neighbour, nearest
from service.scoring.image import ImageLimits, ImageRejected
from service.scoring.manifest import InputSpec
from service.scoring.verdict import Region

MOST_ALIKE = 6
NEW_CODES_A_LOOK = 4
"""Reviewed parts whose code is computed at one look at most: after a restart the memory fills up look by look."""

Reviewer = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class Refused(ValueError):  # noqa: N818 - says what happened
    """A part as it stands does not allow this; the message is one sentence for people."""


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Look(_Request):
    """Which part to look up: its id, or the coordinates of its image."""

    part: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]


class Box(_Request):
    """A place on a part, in pixels of the original image."""

    x: int = Field(ge=0)
    y: int = Field(ge=0)
    width: int = Field(ge=1)
    height: int = Field(ge=1)


class Answer(_Request):
    """What a person says of a part."""

    label: Literal[Label.NORMAL, Label.DEFECT, Label.UNSURE]
    kind: DefectKind | None = None
    region: Box | None = None
    note: str = Field(default="", max_length=2000)
    reviewer: Reviewer


class TakeBack(_Request):
    """Whoever takes back what was said at a time."""

    at: AwareDatetime
    reviewer: Reviewer


@dataclass(frozen=True, slots=True)
class Actions:
    """Looks parts up and writes down what people say; for any thread."""

    view: PartIndex
    images: Images
    rescorer: Rescorer
    codes: Codes
    writer: ReviewWriter
    metrics: ReviewMetrics
    limits: ImageLimits
    writing: threading.Lock
    finder: Finder

    def find(self, look: Look) -> list[ReviewPart]:
        """Look a part up, whether or not anybody is asked about it; each of its images is one, the newest first.

        From then on it can be reviewed like all others.

        Raises:
            NoSuchPart: if there is none.
            StreamError: if the brokers are away.
        """
        return [self.view.choose(verdict) for verdict in self.finder.find(look.part)]

    def part(self, source: Source) -> ReviewPart:
        """A part that people are asked about, or that somebody looked up.

        Raises:
            NoSuchPart: if it is neither.
        """
        part = self.view.part(source)
        if part is None:
            raise NoSuchPart(
                f"expected a part that people are asked about, found none at {source}: it is older than review_days, "
                "or a newer verdict lets it pass; look it up to review it all the same"
            )
        return part

    def review(self, source: Source, answer: Answer) -> ReviewPart:
        """Write down an answer; the part as it is then.

        The image goes into the archive first, so that a review never outlives what it speaks of.

        Raises:
            NoSuchPart: if nobody is asked about it.
            Refused: if the region is not on the image.
            StreamError: if the brokers are away.
            ArchiveError: if the archive cannot be written.
        """
        part = self.part(source)
        region = None if answer.region is None else _on_image(answer.region, part)
        digest = self._keep(part)
        verdict = part.verdict
        said = Review(
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
        with self.writing:
            self._write(said)
        return self.part(source)

    def undo(self, source: Source, undone: TakeBack) -> ReviewPart:
        """Take back the last answer: the one before it holds again, or none; the part as it is then.

        Raises:
            NoSuchPart: if nobody is asked about it.
            Refused: if the last answer is another one, as when two people review at once.
            StreamError: if the brokers are away.
        """
        with self.writing:
            part = self.part(source)
            last = part.review
            if last is None or last.at != undone.at:
                found = f"another by {last.reviewer}" if last else "none"
                raise Refused(f"expected the answer to take back to be the last one, found {found}; look at it again")
            nothing = {"label": Label.UNDONE, "kind": None, "region": None, "note": "", "reviewer": undone.reviewer}
            earlier = part.said[-2] if len(part.said) > 1 else None
            self._write(earlier or last.model_copy(update={**nothing, "at": datetime.now(UTC)}))
        return self.part(source)

    def picture(self, source: Source, *, small: bool) -> tuple[bytes, str]:
        """A part's image for a browser, and its media type; also of a part that is known by its review alone.

        Raises:
            NoSuchPart: if neither verdict nor review is known.
            ImageGone: if the image is on neither Kafka nor the archive.
            ImageRejected: if it cannot be decoded.
            StreamError: if the brokers are away.
            ArchiveError: if the archive cannot be read.
        """
        known = self.view.part(source) or self.view.review(source)
        if known is None:
            known = self.part(source)
        image = self.images.get(source, known.digest)
        about = known.verdict if isinstance(known, ReviewPart) else known

        def find_spec() -> InputSpec | None:
            manifest = self.rescorer.manifest(about.stream, about.bundle)
            return manifest.input if manifest else None

        return (thumbnail if small else for_browser)(image, self.limits, find_spec)

    def map(self, source: Source) -> bytes | None:
        """A part's anomaly map as a PNG to lay over its image: the whole one, else the small one in the verdict.

        Raises:
            NoSuchPart: if nobody is asked about it.
            Refused: if it is a blind audit.
            StreamError: if the brokers are away and the verdict has no map.
        """
        part = self._seeing(source)
        verdict = part.verdict
        try:
            image = self.images.get(source, part.digest)
            scored = self.rescorer.score(verdict.stream, verdict.bundle, source, image)
        except (ImageGone, ImageRejected):
            scored = None
        manifest = self.rescorer.manifest(verdict.stream, verdict.bundle)
        if scored is None or manifest is None:
            return small_map(verdict)
        self.codes.put(verdict.bundle, source, scored.latent)
        return whole_map(scored, manifest)

    def alike(self, source: Source) -> list[Neighbour] | None:
        """Reviewed parts of the stream that look alike; None if the bundle gives no code of this part.

        Raises:
            NoSuchPart: if nobody is asked about it.
            Refused: if it is a blind audit: what others said would steer the answer.
            StreamError: if the brokers are away.
            ArchiveError: if the archive cannot be read.
        """
        part = self._seeing(source)
        verdict = part.verdict
        code = self._code(verdict.stream, verdict.bundle, source, part.digest)
        if code is None:
            return None
        reviewed = [each for each in self.view.reviews() if each.stream == verdict.stream and each.source != source]
        known = [
            (each, found) for each in reviewed if (found := self.codes.get(verdict.bundle, each.source)) is not None
        ]
        for each in islice(self._without_code(reviewed, verdict.bundle), NEW_CODES_A_LOOK):
            found = self._code(verdict.stream, verdict.bundle, each.source, each.digest)
            if found is not None:
                known.append((each, found))
        return nearest(code, known, MOST_ALIKE)

    def _seeing(self, source: Source) -> ReviewPart:
        part = self.part(source)
        if part.is_blind:
            raise Refused("expected an answer first: an audit is blind, so that the answer is yours alone")
        return part

    def _keep(self, part: ReviewPart) -> str | None:
        try:
            return self.images.put(self.images.get(part.source, part.digest))
        except ImageGone:
            return None

    def _write(self, review: Review) -> None:
        written = self.writer.write(review)
        self.view.reviewed(review, written.partition, written.offset)
        self.metrics.written(review)

    def _without_code(self, reviews: list[Review], bundle: str) -> Iterator[Review]:
        """Those whose code was not looked for yet, newest first."""
        return (each for each in reversed(reviews) if not self.codes.looked_for(bundle, each.source))

    def _code(self, stream: str, bundle: str, source: Source, digest: str | None) -> Code | None:
        if not self.codes.looked_for(bundle, source):
            try:
                scored = self.rescorer.score(stream, bundle, source, self.images.get(source, digest))
            except (ImageGone, ImageRejected):
                scored = None
            self.codes.put(bundle, source, scored.latent if scored else None)
        return self.codes.get(bundle, source)


def _on_image(box: Box, part: ReviewPart) -> Region:
    size = part.verdict.image
    if box.x + box.width > size.width or box.y + box.height > size.height:
        raise Refused(
            f"expected a region on the image of {size.width} x {size.height} pixels, found one that ends at "
            f"{box.x + box.width}, {box.y + box.height}; draw it again"
        )
    return Region(**box.model_dump(), peak=0.0)
