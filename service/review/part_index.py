"""The index of parts and reviews in memory: rebuilt from the topics at every start."""

import threading
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from service.quality.rates import Rates
from service.quality.tally import Tally
from service.record.messages import Record, ReviewReason, Source, VerdictMessage, verdict_of
from service.record.reviews import Label, Review, review_of
from service.review.lru_cache import LruCache

MAX_PARTS = 20_000
"""About 6 kB each, most of it the small map."""

MAX_REVIEWS = 100_000
MAX_CHOSEN = 1000
"""Parts that a person looked up; one that has left can be looked up again."""

MAX_HISTORY = 8
"""How many answers to one part can be undone one after another."""


@dataclass(frozen=True, slots=True)
class ReviewPart:
    """A part to be reviewed, why, and its reviews so far, oldest first."""

    verdict: VerdictMessage
    asked: ReviewReason
    history: tuple[Review, ...] = ()

    @property
    def source(self) -> Source:
        """Its identity."""
        return self.verdict.source

    @property
    def review(self) -> Review | None:
        """The review in force."""
        return self.history[-1] if self.history else None

    @property
    def is_blind(self) -> bool:
        """Whether nothing of the verdict may be shown yet."""
        return self.asked is ReviewReason.AUDIT and not self.history

    @property
    def digest(self) -> str | None:
        """SHA-256 of its image, as far as known."""
        return self.verdict.digest or (self.review.digest if self.review else None)


@dataclass(frozen=True, slots=True)
class _Reviews:
    """The reviews of one part, and the position of the latest on the reviews topic."""

    history: tuple[Review, ...]
    partition: int
    offset: int
    at: datetime

    @property
    def in_force(self) -> Review | None:
        return self.history[-1] if self.history else None


class PartIndex:
    """The parts that people are asked about, and all reviews, of the last days; written and read by any thread.

    Memory is bounded: passes that nobody is asked about are not stored, and of the others the oldest leaves first.
    """

    def __init__(self, max_parts: int = MAX_PARTS, max_reviews: int = MAX_REVIEWS) -> None:
        self._max_parts = max_parts
        self._max_reviews = max_reviews
        self._lock = threading.Lock()
        self._verdicts: dict[Source, VerdictMessage] = {}  # in the order they came
        self._chosen: LruCache[Source, VerdictMessage] = LruCache(MAX_CHOSEN)
        self._reviews: dict[Source, _Reviews] = {}
        self._reviews_in_all = 0  # of all histories
        self._tally = Tally()
        self._version = 0
        self._left_out = 0
        self._passed_over: Counter[str] = Counter()
        self._passed_until: dict[tuple[str, int], int] = {}

    @property
    def version(self) -> int:
        """Another number after every change."""
        return self._version

    @property
    def left_out(self) -> int:
        """How many parts had to leave for newer ones."""
        return self._left_out

    @property
    def passed_over(self) -> dict[str, int]:
        """How many records of each topic were no sound message of it."""
        with self._lock:
            return dict(self._passed_over)

    def read_verdict(self, record: Record) -> None:
        """Add a record of the verdicts topic; the latest verdict on an image counts. Anything else is passed over."""
        verdict = verdict_of(record)
        if verdict is None:
            self._pass_over(record)
            return
        with self._lock:
            self._tally.add(verdict)
            if self._chosen.get(verdict.source) is not None:
                self._chosen.put(verdict.source, verdict)
            known = self._verdicts.pop(verdict.source, None)
            if verdict.review_reason is None:
                self._version += known is not None
                return
            self._verdicts[verdict.source] = verdict
            if len(self._verdicts) > self._max_parts:
                del self._verdicts[next(iter(self._verdicts))]
                self._left_out += 1
            self._version += 1

    def choose(self, verdict: VerdictMessage) -> ReviewPart:
        """Add a part that a person looked up; returns it as it stands.

        It does not join those that people are asked about. One of those stays what it is: an audit stays blind, even
        one that had to leave for newer parts.
        """
        with self._lock:
            self._chosen.put(verdict.source, verdict)
            return self._part(self._verdicts.get(verdict.source, verdict))

    def read_review(self, record: Record) -> None:
        """Add a record of the reviews topic. Anything else is passed over."""
        review = review_of(record)
        if review is None:
            self._pass_over(record)
        else:
            self.add_review(review, record.partition, record.offset)

    def add_review(self, review: Review, partition: int, offset: int) -> None:
        """Add a review by its position on the reviews topic; one before the latest known of its part is skipped."""
        with self._lock:
            known = self._reviews.get(review.source)
            if known is not None and known.partition == partition and known.offset >= offset:
                return
            self._reviews.pop(review.source, None)  # to the end of the order
            history = _with(known.history if known else (), review)
            self._reviews[review.source] = _Reviews(history, partition, offset, review.at)
            self._reviews_in_all += len(history) - (len(known.history) if known else 0)
            while self._reviews_in_all > self._max_reviews:
                self._reviews_in_all -= len(self._reviews.pop(next(iter(self._reviews))).history)
            self._version += 1

    def forget(self, before: datetime) -> None:
        """Drop parts scored and reviews given before a time."""
        with self._lock:
            while self._verdicts and next(iter(self._verdicts.values())).scored_at < before:
                del self._verdicts[next(iter(self._verdicts))]
                self._version += 1
            while self._reviews and next(iter(self._reviews.values())).at < before:
                self._reviews_in_all -= len(self._reviews.pop(next(iter(self._reviews))).history)
                self._version += 1

    def part(self, source: Source) -> ReviewPart | None:
        """One part; None if nobody is asked about it, or not in these days, and nobody looked it up."""
        with self._lock:
            verdict = self._verdicts.get(source) or self._chosen.get(source)
            return None if verdict is None else self._part(verdict)

    def parts(self) -> list[ReviewPart]:
        """All parts that people are asked about, in the order their verdicts came."""
        with self._lock:
            return [self._part(verdict) for verdict in self._verdicts.values()]

    def review(self, source: Source) -> Review | None:
        """The review in force of one part, also of one that has left the index."""
        with self._lock:
            known = self._reviews.get(source)
            return known.in_force if known else None

    def reviews(self) -> list[Review]:
        """All reviews in force, the latest last; also of parts that have left the index."""
        with self._lock:
            return list(self._in_force().values())

    def rates(self) -> list[Rates]:
        """Escape and false-alarm rates by stream and bundle, from all verdicts and reviews read so far."""
        with self._lock:
            return self._tally.rates(self._in_force())

    def _pass_over(self, record: Record) -> None:
        if not record.value:
            return  # the end of a key on a compacted topic
        place = record.topic, record.partition
        with self._lock:
            if record.offset > self._passed_until.get(place, -1):  # records come again after an error of the brokers
                self._passed_until[place] = record.offset
                self._passed_over[record.topic] += 1

    def _in_force(self) -> dict[Source, Review]:
        return {source: review for source, known in self._reviews.items() if (review := known.in_force) is not None}

    def _part(self, verdict: VerdictMessage) -> ReviewPart:
        known = self._reviews.get(verdict.source)
        return ReviewPart(verdict, verdict.review_reason or ReviewReason.CHOSEN, known.history if known else ())


def _with(history: tuple[Review, ...], review: Review) -> tuple[Review, ...]:
    """The history after one more review. `record.reviews.latest_reviews` needs none: undo does, to go back in it."""
    if review.label is Label.UNDONE:
        return ()
    if review in history:  # written again by an undo: back to where it was given
        return history[: history.index(review) + 1]
    return (*history, review)[-MAX_HISTORY:]
