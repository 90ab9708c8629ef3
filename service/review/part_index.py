"""What the review page knows: rebuilt from the topics at every start, and kept in memory alone."""

import threading
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from service.quality.rates import Rates
from service.quality.tally import Tally
from service.record.messages import Record, ReviewReason, Source, VerdictMessage
from service.record.reviews import Label, Review
from service.review.lru_cache import Recent

KEPT_PARTS = 20_000
"""About 6 kB each, most of it the small map."""

KEPT_REVIEWS = 100_000
KEPT_CHOSEN = 1000
"""Parts that a person looked up; who wants one that has left looks it up again."""

KEPT_HISTORY = 8
"""How many answers to one part can be taken back one after another."""


@dataclass(frozen=True, slots=True)
class ReviewPart:
    """What is put before a person, why, and what was said of it so far, oldest first."""

    verdict: VerdictMessage
    asked: ReviewReason
    said: tuple[Review, ...] = ()

    @property
    def source(self) -> Source:
        """Its identity."""
        return self.verdict.source

    @property
    def review(self) -> Review | None:
        """The review in force."""
        return self.said[-1] if self.said else None

    @property
    def is_blind(self) -> bool:
        """Whether nothing that Linewatch thinks of it may be shown yet."""
        return self.asked is ReviewReason.AUDIT and not self.said

    @property
    def digest(self) -> str | None:
        """SHA-256 of its image, as far as known."""
        return self.verdict.digest or (self.review.digest if self.review else None)


@dataclass(frozen=True, slots=True)
class _Said:
    """The answers to one part, and where the last of them stands on the reviews topic."""

    history: tuple[Review, ...]
    partition: int
    offset: int
    at: datetime


class PartIndex:
    """The parts that people are asked about, and all reviews, of the last days; written and read by any thread.

    Memory is bounded: passes that nobody is asked about are not kept, and of what is kept the oldest leaves first.
    """

    def __init__(self, most_parts: int = KEPT_PARTS, most_reviews: int = KEPT_REVIEWS) -> None:
        self._most_parts = most_parts
        self._most_reviews = most_reviews
        self._lock = threading.Lock()
        self._verdicts: dict[Source, VerdictMessage] = {}  # in the order they came
        self._chosen: Recent[Source, VerdictMessage] = Recent(KEPT_CHOSEN)
        self._said: dict[Source, _Said] = {}
        self._ledger = Tally()
        self._version = 0
        self._left_out = 0

    @property
    def version(self) -> int:
        """Another number whenever anything changed."""
        return self._version

    @property
    def left_out(self) -> int:
        """How many parts had to leave for newer ones."""
        return self._left_out

    def take_verdict(self, record: Record) -> None:
        """Read a record of the verdicts topic; the latest verdict of an image counts. What is none is passed over."""
        try:
            verdict = VerdictMessage.model_validate_json(record.value or b"")
        except ValidationError:
            return
        with self._lock:
            self._ledger.add(verdict)
            if self._chosen.get(verdict.source) is not None:
                self._chosen.put(verdict.source, verdict)
            known = self._verdicts.pop(verdict.source, None)
            if verdict.review_reason is None:
                self._version += known is not None
                return
            self._verdicts[verdict.source] = verdict
            if len(self._verdicts) > self._most_parts:
                del self._verdicts[next(iter(self._verdicts))]
                self._left_out += 1
            self._version += 1

    def choose(self, verdict: VerdictMessage) -> ReviewPart:
        """Take in a part that a person looked up, and give it as it stands.

        It does not join those that people are asked about. One of those stays what it is: an audit, even one that had
        to leave for newer ones, is as blind as ever.
        """
        with self._lock:
            self._chosen.put(verdict.source, verdict)
            return self._part(self._verdicts.get(verdict.source, verdict))

    def take_review(self, record: Record) -> None:
        """Read a record of the reviews topic. What is none is passed over."""
        try:
            review = Review.model_validate_json(record.value or b"")
        except ValidationError:
            return
        self.reviewed(review, record.partition, record.offset)

    def reviewed(self, review: Review, partition: int, offset: int) -> None:
        """A review stands on the topic; one that stands before what is known already changes nothing."""
        with self._lock:
            known = self._said.get(review.source)
            if known is not None and known.partition == partition and known.offset >= offset:
                return
            self._said.pop(review.source, None)  # to the end of the order
            history = _with(known.history if known else (), review)
            self._said[review.source] = _Said(history, partition, offset, review.at)
            if len(self._said) > self._most_reviews:
                del self._said[next(iter(self._said))]
            self._version += 1

    def forget(self, before: datetime) -> None:
        """Let go of what was scored or said before a time."""
        with self._lock:
            while self._verdicts and next(iter(self._verdicts.values())).scored_at < before:
                del self._verdicts[next(iter(self._verdicts))]
                self._version += 1
            while self._said and next(iter(self._said.values())).at < before:
                del self._said[next(iter(self._said))]
                self._version += 1

    def part(self, source: Source) -> ReviewPart | None:
        """One part; None if nobody is asked about it, or not in these days, nor looked it up."""
        with self._lock:
            verdict = self._verdicts.get(source) or self._chosen.get(source)
            return None if verdict is None else self._part(verdict)

    def parts(self) -> list[ReviewPart]:
        """All parts that people are asked about, in the order their verdicts came."""
        with self._lock:
            return [self._part(verdict) for verdict in self._verdicts.values()]

    def review(self, source: Source) -> Review | None:
        """The review in force of one part, also of one that is no longer known."""
        with self._lock:
            said = self._said.get(source)
            return said.history[-1] if said and said.history else None

    def reviews(self) -> list[Review]:
        """All reviews in force, the latest given last; also of parts that are no longer known."""
        with self._lock:
            return [said.history[-1] for said in self._said.values() if said.history]

    def rates(self) -> list[Rates]:
        """Escape and false-alarm rates by stream and bundle, from all verdicts and reviews read so far."""
        with self._lock:
            return self._ledger.rates({source: said.history[-1] for source, said in self._said.items() if said.history})

    def _part(self, verdict: VerdictMessage) -> ReviewPart:
        said = self._said.get(verdict.source)
        return ReviewPart(verdict, verdict.review_reason or ReviewReason.CHOSEN, said.history if said else ())


def _with(history: tuple[Review, ...], review: Review) -> tuple[Review, ...]:
    if review.label is Label.UNDONE:
        return ()
    if review in history:  # written again by an undo: back to where it was said
        return history[: history.index(review) + 1]
    return (*history, review)[-KEPT_HISTORY:]
