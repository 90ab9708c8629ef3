"""Which verdicts and reviews count as such: others may write to the topics, and nobody may break a reader by that.

The models say what a message has; here is what its values may be. What is not sound is passed over.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from math import isfinite

from pydantic import BaseModel

from service.record.bounds import LONGEST_PART_ID
from service.scoring.manifest import NAME
from service.scoring.verdict import Judgement, Region, Verdict

MOST_BYTES = 32 * 1024
"""Of a message; Linewatch's own have some 6 kB, most of it the small map."""

MOST_REGIONS = 20
LONGEST_MAP = 16 * 1024
"""In base64; a map of 96 x 96 pixels of noise has 13 kB."""

MOST_PIXELS_A_SIDE = 2**31
AHEAD = timedelta(days=2)
"""How far clocks may differ: a day that captured_at may be ahead, and a day between two machines."""

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
SOURCE = re.compile(r"([A-Za-z0-9._-]{1,249})/(\d{1,10})/(\d{1,19})")
"""Coordinates as text: topic/partition/offset."""

_NAME = re.compile(NAME)
"""Of a stream and of a bundle: both are folders in the store."""

_DIGEST = re.compile(r"[0-9a-f]{64}")


def is_a_source(text: str) -> bool:
    """Whether a text has the form topic/partition/offset."""
    return SOURCE.fullmatch(text) is not None


def is_a_digest(text: str) -> bool:
    """Whether a text is a SHA-256 in hexadecimal digits, and so can be a key of the archive."""
    return _DIGEST.fullmatch(text) is not None


def is_possible(*times: datetime) -> bool:
    """Whether these times have an offset, and lie between 1970 and now."""
    latest = datetime.now(UTC) + AHEAD
    return all(time.tzinfo is not None and EARLIEST <= time <= latest for time in times)


def is_about_a_part(source: object, part_id: str, stream: str, bundle: str, digest: str | None) -> bool:
    """Whether coordinates, names and digest are of their form."""
    return (
        is_a_source(str(source))
        and len(part_id) <= LONGEST_PART_ID
        and _NAME.fullmatch(stream) is not None
        and _NAME.fullmatch(bundle) is not None
        and (digest is None or is_a_digest(digest))
    )


def is_judged(verdict: Verdict, challenger: Judgement | None) -> bool:
    """Whether all of a judgement's numbers are numbers."""
    return all(_is_finite(each) for each in (verdict, challenger) if each is not None)


def are_on_image(regions: Iterable[Region], width: int, height: int) -> bool:
    """Whether an image of such a size can be, and each region lies on it."""
    if not (1 <= width <= MOST_PIXELS_A_SIDE and 1 <= height <= MOST_PIXELS_A_SIDE):
        return False
    return all(
        each.x >= 0
        and each.y >= 0
        and each.width >= 1
        and each.height >= 1
        and each.x + each.width <= width
        and each.y + each.height <= height
        and isfinite(each.peak)
        for each in regions
    )


def _is_finite(judgement: BaseModel) -> bool:
    return all(isfinite(value) for value in dict(judgement).values() if isinstance(value, float))
