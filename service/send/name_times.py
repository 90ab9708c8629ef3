"""Capture times in names of files: a pattern of strptime, found anywhere in the path below the folder."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import PurePath
from zoneinfo import ZoneInfo

from service.errors import Misuse
from service.record.image_headers import AHEAD
from service.record.soundness import EARLIEST

EXAMPLE = "%Y%m%d_%H%M%S"

_DIRECTIVES = {
    "Y": r"\d{4}",
    "y": r"\d{2}",
    "m": r"\d{2}",
    "d": r"\d{2}",
    "j": r"\d{3}",
    "H": r"\d{2}",
    "I": r"\d{2}",
    "M": r"\d{2}",
    "S": r"\d{2}",
    "f": r"\d{1,6}",
    "p": r"[AaPp][Mm]",
    "b": r"[A-Za-z]{3}",
    "B": r"[A-Za-z]{3,9}",
    "z": r"(?:Z|[+-]\d{2}:?\d{2})",
    "%": "%",
}
_SINCE_1970 = {"s": r"\d{9,10}"}
"""Seconds since 1970 in UTC, which `date` writes and strptime does not read."""

_DIRECTIVE = re.compile(r"%(.?)")
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})")
_LONGEST_OFFSET = timedelta(hours=15)


class NameTimes:
    """Finds the time of capture in names, by one pattern."""

    def __init__(self, pattern: str, zone: tzinfo | None) -> None:
        """`zone` is that of times without an offset of their own.

        Raises:
            Misuse: if the pattern has an unknown directive or no date, or there is no zone for its times.
        """
        found = [each for each in _DIRECTIVE.findall(pattern) if each != "%"]
        unknown = [each for each in found if each not in _DIRECTIVES and each not in _SINCE_1970]
        if unknown:
            raise _misuse(pattern, f"the unknown %{unknown[0]}")
        counts = "s" in found
        if len(set(found)) < len(found) or (counts and len(found) > 1):
            raise _misuse(pattern, "a directive twice")
        if (not counts and not ("j" in found or "d" in found)) or not (counts or {"Y", "y"} & set(found)):
            raise _misuse(pattern, "no whole date")
        if not counts and "z" not in found and zone is None:
            raise Misuse(
                f"expected --timezone with --captured-at {pattern!r}, whose times have no offset, found none; give one "
                "such as Europe/Berlin, +01:00 or local"
            )
        self._zone, self._counts, self._format = zone, counts, pattern
        self._search = re.compile(f"(?=({_expression(pattern)}))")

    def find(self, path: PurePath) -> datetime | None:
        """The first possible time in a path, written with slashes; None if there is none."""
        for match in self._search.finditer(path.as_posix()):
            try:
                time = self._read(match.group(1))
            except (ValueError, OverflowError):
                continue
            if is_possible(time):
                return time
        return None

    def _read(self, text: str) -> datetime:
        if self._counts:
            digits = re.search(_SINCE_1970["s"], text)
            return datetime.fromtimestamp(int(digits[0]) if digits else 0, UTC)
        time = datetime.strptime(text, self._format)  # noqa: DTZ007 - the zone follows
        return time if time.tzinfo is not None else time.replace(tzinfo=self._zone)


def is_possible(time: datetime) -> bool:
    """Whether the service takes this time of capture: from 1970 until a day from now."""
    try:
        return EARLIEST <= time <= datetime.now(UTC) + AHEAD
    except OverflowError:
        return False


def time_zone(text: str | None) -> tzinfo | None:
    """The zone that `--timezone` names: one of the IANA database, an offset, or `local`, this machine's; None for None.

    Raises:
        Misuse: if there is no such zone.
    """
    if text is None:
        return None
    if text == "local":
        return _Local()
    offset = _OFFSET.fullmatch(text)
    if offset:
        by = timedelta(hours=int(offset[2]), minutes=int(offset[3])) * (-1 if offset[1] == "-" else 1)
        if abs(by) < _LONGEST_OFFSET:
            return timezone(by)
    try:
        return ZoneInfo(text)
    except (ValueError, OSError, LookupError) as error:
        raise Misuse(
            f"expected --timezone to be one such as Europe/Berlin, +01:00 or local, found {text!r}; correct it"
        ) from error


class _Local(tzinfo):
    """This machine's own zone, by its rules of each date."""

    def utcoffset(self, dt: datetime | None) -> timedelta | None:
        if dt is None:
            return None
        return dt.replace(tzinfo=None).astimezone().utcoffset()

    def dst(self, dt: datetime | None) -> timedelta | None:  # noqa: ARG002 - the base class's
        return None

    def tzname(self, dt: datetime | None) -> str | None:  # noqa: ARG002
        return "local"


def _expression(pattern: str) -> str:
    parts = re.split(r"(%.)", pattern)
    kinds = _DIRECTIVES | _SINCE_1970
    return "".join(kinds[part[1]] if _DIRECTIVE.fullmatch(part) else re.escape(part) for part in parts)


def _misuse(pattern: str, found: str) -> Misuse:
    return Misuse(
        f"expected --captured-at to be mtime, exif, now, or a pattern such as {EXAMPLE!r}, found {found} in "
        f"{pattern!r}; its directives are %{' %'.join([*_DIRECTIVES, *_SINCE_1970])}"
    )
