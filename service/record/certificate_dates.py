"""From when to when a certificate is valid: Python's `ssl` tells it of a peer's alone, not of our own."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime

_END = "-----END CERTIFICATE-----"
_VERSION, _UTC_TIME = 0xA0, 0x17
_LONG_FORM = 0x80


def validity(pem: str) -> tuple[datetime, datetime]:
    """Beginning and end of the first certificate's validity (RFC 5280, section 4.1).

    Raises:
        ValueError: if there is no certificate.
    """
    text = pem[pem.index("-----BEGIN CERTIFICATE-----") : pem.index(_END) + len(_END)]
    (_, certificate) = next(_fields(ssl.PEM_cert_to_DER_cert(text)))
    (_, to_be_signed) = next(_fields(certificate))
    # Version (may be left out), serial number, signature algorithm, issuer, validity.
    fields = [content for tag, content in _fields(to_be_signed) if tag != _VERSION]
    begins, ends = (_time(tag, content) for tag, content in _fields(fields[3]))
    return begins, ends


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each value in DER."""
    at = 0
    while at < len(data):
        tag, length = data[at], data[at + 1]
        at += 2
        if length >= _LONG_FORM:
            digits = length - _LONG_FORM
            length = int.from_bytes(data[at : at + digits])
            at += digits
        yield tag, data[at : at + length]
        at += length


def _time(tag: int, content: bytes) -> datetime:
    text = content.decode("ascii")
    # Two digits of the year are of 1950 to 2049 (RFC 5280); strptime's are of 1969 to 2068.
    year = text if tag != _UTC_TIME else f"{'19' if text >= '50' else '20'}{text}"
    return datetime.strptime(year, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
