"""One line for each verdict: for people, with colour on a terminal, or JSON."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TextIO

from service.record.messages import Record, VerdictMessage, source_of

_COLOURS: Mapping[str, str] = MappingProxyType({"anomaly": "\x1b[1;31m", "review": "\x1b[33m", "pass": "\x1b[32m"})
_PLAIN = "\x1b[0m"


def may_colour(stream: TextIO) -> bool:
    """Whether a person looks at a stream who wants colours (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def person_line(verdict: VerdictMessage, *, coloured: bool) -> str:
    """When the part was captured, the decision, the error ratio, stream, part, and where its strongest region is."""
    decision = f"{verdict.decision:8}"
    if coloured:
        decision = f"{_COLOURS[verdict.decision]}{decision}{_PLAIN}"
    return (
        f"{_time(verdict.captured_at)}  {decision} {verdict.error_ratio:8.3f} x threshold   "
        f"{verdict.stream}   {one_line(verdict.part_id)}{_where(verdict)}"
    )


def json_line(record: Record) -> str:
    """The verdict as it stands on its topic, and as `place` the topic, partition and offset that it has there."""
    return json.dumps({**json.loads(record.value or b"{}"), "place": source_of(record).model_dump()})


def one_line(text: str) -> str:
    r"""A text that others chose, on one line and obeyed by no terminal: what does not print becomes `\x1b` or so."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def _time(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _where(verdict: VerdictMessage) -> str:
    if not verdict.regions:
        return ""
    strongest, *others = verdict.regions
    more = f" and {len(others)} more" if others else ""
    return f"   at {strongest.x},{strongest.y} {strongest.width} x {strongest.height}{more}"
