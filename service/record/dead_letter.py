"""The record of a dead letter: reason and source, then the original headers, all of bounded length."""

from service.record.bounds import LONGEST_KEY, cut, cut_text
from service.record.messages import Headers, Record
from service.scoring.image import ImageRejected

LONGEST_MESSAGE = 1000
"""Characters of the header `message`."""

HEADERS_CUT = "headers_cut"
REDUCED = "reduced"

_LONGEST_NAME = 256
_LONGEST_VALUE = 4096
_ALL_HEADERS = 32 * 1024
_FRAME = 32
"""What a header takes besides its bytes, generously: many empty ones are long, too."""

_REDUCED_KEY = 64


def key_of(record: Record) -> bytes | None:
    """The key of an image's verdict or dead letter: its own, or a cut one where that is longer than LONGEST_KEY."""
    return None if record.key is None else cut(record.key, LONGEST_KEY)


def dead_letter_headers(record: Record, rejected: ImageRejected) -> Headers:
    """The reason and the source of a dead letter, then the original headers, as far as there is room for them."""
    return [*_reason_and_source(record, rejected), *_original(record.headers)]


def reduced_key(record: Record) -> bytes | None:
    """The key of a reduced dead letter: only short ones."""
    return None if record.key is None or len(record.key) > _REDUCED_KEY else record.key


def reduced_headers(record: Record, rejected: ImageRejected, refusal: str) -> Headers:
    """The same without the original headers, and with the brokers' word on the whole one."""
    return [*_reason_and_source(record, rejected), (REDUCED, cut_text(refusal, _LONGEST_NAME).encode())]


def _reason_and_source(record: Record, rejected: ImageRejected) -> Headers:
    return [
        ("reason", rejected.reason.encode()),
        ("message", cut_text(str(rejected), LONGEST_MESSAGE).encode(errors="backslashreplace")),
        ("source_topic", record.topic.encode()),
        ("source_partition", str(record.partition).encode()),
        ("source_offset", str(record.offset).encode()),
    ]


def _original(headers: Headers) -> Headers:
    """As many as fit, each of bounded length; `headers_cut` counts those that are cut or left out."""
    found: Headers = []
    changed, room = 0, _ALL_HEADERS
    for name, value in headers:
        original = value or b""  # Kafka allows null values, the producer does not
        kept = (cut_text(name, _LONGEST_NAME), cut(original, _LONGEST_VALUE))
        room -= len(kept[0].encode()) + len(kept[1]) + _FRAME
        if room >= 0:
            found.append(kept)
        changed += room < 0 or kept != (name, original)
    if changed:
        found.append((HEADERS_CUT, str(changed).encode()))
    return found
