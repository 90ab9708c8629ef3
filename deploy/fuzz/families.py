"""The kinds of hostile input, and how many of each there are in a run."""

from types import MappingProxyType

from deploy.fuzz.hostile import Family
from deploy.fuzz.images.family import Images

FAMILIES: MappingProxyType[str, type[Family]] = MappingProxyType({"images": Images})

SHARES = ("images",)
"""Input n is of the family at n modulo this length."""


def family_of(number: int, only: str | None = None) -> str:
    """The name of the family of input `number`."""
    return only or SHARES[number % len(SHARES)]
