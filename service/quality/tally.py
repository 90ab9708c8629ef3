"""Counts of verdicts by decision, joined with the reviews: what the rates are computed from."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime

from service.quality.rates import Group, Rates
from service.record.messages import Source, VerdictMessage, verdicts_of
from service.record.reviews import Review, read_reviews
from service.record.topic_reader import TopicReader
from service.scoring.verdict import Decision
from service.settings.record import RecordSettings

_CHUNK = 4096
"""Offsets that are remembered in one number, a bit each."""

MOST_GROUPS = 1000
"""Streams and bundles; a line has some tens. More are nobody's line, and would fill memory and metrics."""

MOST_CHUNKS = 100_000
"""400 million parts of a line, which come one after another; some 60 MB."""

MOST_ASKED = 1_000_000
"""Parts that people are asked about; further ones do not count."""


class Tally:
    """Verdict counts by stream, bundle and decision; remembers the coordinates of parts that people are asked about.

    A part that the same bundle judges again, after the group's offsets were set back, counts once. A review is about
    the part, so it counts for every bundle that judged it.
    """

    def __init__(self) -> None:
        self._groups: set[tuple[str, str]] = set()
        self._parts: Counter[tuple[str, str, Decision]] = Counter()
        self._asked: dict[tuple[str, str, Decision], list[Source]] = defaultdict(list)
        self._asked_in_all = 0
        self._seen: dict[tuple[str, str, str, int, int], int] = {}

    def add(self, verdict: VerdictMessage) -> None:
        """Count a verdict."""
        source, whose = verdict.source, (verdict.stream, verdict.bundle)
        if whose not in self._groups:
            if len(self._groups) >= MOST_GROUPS:
                return
            self._groups.add(whose)
        if not self._is_new(verdict):
            return
        group = verdict.stream, verdict.bundle, verdict.decision
        self._parts[group] += 1
        if verdict.review_reason is not None and self._asked_in_all < MOST_ASKED:
            self._asked_in_all += 1
            self._asked[group].append(source)

    def _is_new(self, verdict: VerdictMessage) -> bool:
        source, bit = verdict.source, 1 << verdict.source.offset % _CHUNK
        chunk = verdict.stream, verdict.bundle, source.topic, source.partition, source.offset // _CHUNK
        known = self._seen.get(chunk)
        if known is None and len(self._seen) >= MOST_CHUNKS:
            return False
        self._seen[chunk] = (known or 0) | bit
        return not (known or 0) & bit

    def rates(self, reviews: Mapping[Source, Review]) -> list[Rates]:
        """The rates by the reviews in force, for each stream and bundle in the order of their first verdicts."""
        return [
            Rates(
                stream=stream,
                bundle=bundle,
                passed=self._group((stream, bundle, "pass"), reviews),
                review=self._group((stream, bundle, "review"), reviews),
                anomaly=self._group((stream, bundle, "anomaly"), reviews),
            )
            for stream, bundle in dict.fromkeys((stream, bundle) for stream, bundle, _ in self._parts)
        ]

    def _group(self, group: tuple[str, str, Decision], reviews: Mapping[Source, Review]) -> Group:
        asked = self._asked.get(group, ())
        labels = Counter(str(reviews[source].label) for source in asked if source in reviews)
        return Group(parts=self._parts[group], asked=len(asked), **labels)


def read_rates(
    settings: RecordSettings, *, stream: str | None = None, since: datetime | None = None, until: datetime | None = None
) -> list[Rates]:
    """The rates from the verdicts and reviews topics, read up to their ends.

    Args:
        settings: the brokers and the topics.
        stream: only this one; None for all.
        since: only verdicts from then on; None from the beginning.
        until: only verdicts before then; None up to now. Reviews count at whatever time they were given.

    Raises:
        StreamError: if the brokers do not answer or a topic is missing.
    """
    reviews = read_reviews(settings)
    tally = Tally()
    with TopicReader(settings, settings.verdicts_topic) as reader:
        reader.seek(since)
        for verdict in verdicts_of(reader.to_end()):
            if stream in (None, verdict.stream) and (until is None or verdict.scored_at < until):
                tally.add(verdict)
    return tally.rates(reviews)
