"""What a receiver's answer means: delivered, refused for good, or to be tried again."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum, auto

LONGEST_WISH = 3600.0
"""Seconds that a receiver may ask to be left alone for."""

_OF_THE_VERDICT = frozenset({400, 409, 413, 422})
"""Statuses by which a receiver refuses what is sent, and not who sends it or where to."""


class Meaning(Enum):
    """What becomes of a verdict after an answer."""

    DELIVERED = auto()
    REFUSED = auto()
    AGAIN = auto()


@dataclass(frozen=True, slots=True)
class Answer:
    """The status of a response, or None and why there was none."""

    status: int | None
    why: str
    wait_seconds: float = 0.0
    """How long the receiver wants to be left alone."""

    @property
    def meaning(self) -> Meaning:
        """Only what refuses the verdict itself is final: a wrong secret, a moved or a closed address can be mended."""
        if self.status is not None and 200 <= self.status < 300:  # noqa: PLR2004 - the class of success
            return Meaning.DELIVERED
        return Meaning.REFUSED if self.status in _OF_THE_VERDICT else Meaning.AGAIN


def read_wish(header: str | None, now: datetime) -> float:
    """The seconds of a `Retry-After`, given as seconds or as a date; 0 for none that can be read."""
    if header is None:
        return 0.0
    text = header.strip()
    try:
        seconds = float(text) if text.isdecimal() else _until(text, now)
    except (ValueError, OverflowError):
        return 0.0
    return min(max(seconds, 0.0), LONGEST_WISH)


def _until(text: str, now: datetime) -> float:
    at = parsedate_to_datetime(text)
    return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds()
