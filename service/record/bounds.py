"""Bounds on what outputs repeat of an image record: longer ones are cut to their beginning and the SHA-256 of all."""

import hashlib

LONGEST_KEY = 4096
"""Bytes of a key on verdicts and dead letters."""

LONGEST_PART_ID = 1024
"""Characters of a part id."""

_PREFIX = 256
_MARK = "~sha256:"


def cut(data: bytes, longest: int) -> bytes:
    """The bytes, or where there are more than `longest`, the first 256, `~sha256:` and the digest of all."""
    if len(data) <= longest:
        return data
    return data[:_PREFIX] + _MARK.encode() + hashlib.sha256(data).hexdigest().encode()


def cut_text(text: str, longest: int) -> str:
    """The same of text, counted in characters; the digest is that of its UTF-8."""
    if len(text) <= longest:
        return text
    return text[:_PREFIX] + _MARK + hashlib.sha256(text.encode(errors="backslashreplace")).hexdigest()
