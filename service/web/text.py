"""Text that others wrote, as people can safely read it."""

LONGEST = 300

_JOINERS = "\u200c\u200d"
"""Scripts of Persia and India need them."""


def plain(text: str, longest: int = LONGEST) -> str:
    """A text, cut to a length, with the codes of what is not seen: control characters, marks of direction."""
    cut = text if len(text) <= longest else f"{text[:longest]}…"
    return "".join(each if each.isprintable() or each in _JOINERS else f"\\u{ord(each):04x}" for each in cut)
