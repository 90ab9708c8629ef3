"""Naming a few of many files in a sentence."""

from collections.abc import Sequence
from pathlib import PurePath

NAMED = 3
"""How many files a sentence names."""


def named(paths: Sequence[PurePath]) -> str:
    """The names of the first files, and how many more there are."""
    more = len(paths) - NAMED
    return ", ".join(path.name for path in paths[:NAMED]) + (f" and {more} more" if more > 0 else "")
