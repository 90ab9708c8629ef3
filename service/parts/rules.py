"""What `linewatch parts` was asked to do."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rules:
    """How views become parts."""

    views: tuple[str, ...]
    """The streams, at least two, that see each part."""
    timeout: float
    """Seconds that the other views may come after the first."""
    again: float
    """A part id that is captured so many seconds after its last view is the next inspection of that id."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the process belongs: its consumer group, its name in there, and its pages."""

    group: str
    instance: str
    http_host: str
    http_port: int
