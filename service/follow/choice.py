"""Which verdicts are followed: of which streams, of which decisions."""

from dataclasses import dataclass

from service.record.messages import VerdictMessage


@dataclass(frozen=True, slots=True)
class Choice:
    """Streams and decisions that are wanted; of either, none named is all."""

    streams: frozenset[str] = frozenset()
    decisions: frozenset[str] = frozenset()

    def has(self, verdict: VerdictMessage) -> bool:
        """Whether this verdict is wanted."""
        return (not self.streams or verdict.stream in self.streams) and (
            not self.decisions or verdict.decision in self.decisions
        )

    def __str__(self) -> str:
        """The same choice in the same words, in whatever order it was given."""
        streams, decisions = (", ".join(sorted(each)) or "all" for each in (self.streams, self.decisions))
        return f"streams {streams}; decisions {decisions}"
