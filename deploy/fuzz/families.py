"""The kinds of hostile input, and how many of each there are in a run."""

from collections.abc import Mapping
from dataclasses import dataclass

from deploy.fuzz.hostile import Family
from deploy.fuzz.images.family import Images
from deploy.fuzz.inputs.batches import Batches
from deploy.fuzz.inputs.bundles import Bundles
from deploy.fuzz.inputs.messages import Reviews, Verdicts
from deploy.fuzz.inputs.records import Records
from deploy.fuzz.inputs.requests import Requests
from deploy.fuzz.inputs.settings import EnvironmentVariables

FAMILIES: Mapping[str, type[Family]] = {
    "images": Images,
    "records": Records,
    "batches": Batches,
    "bundles": Bundles,
    "verdicts": Verdicts,
    "reviews": Reviews,
    "settings": EnvironmentVariables,
    "requests": Requests,
}

SHARES = (*("images",) * 13, *("records", "batches", "bundles", "verdicts", "reviews", "settings", "requests"))
"""Input n is of the family at n modulo 20."""


@dataclass(frozen=True)
class Plan:
    """Which family each input is of."""

    families: Mapping[str, type[Family]]
    shares: tuple[str, ...]

    def name_of(self, number: int) -> str:
        """The name of the family of input `number`."""
        return self.shares[number % len(self.shares)]


EVERYTHING = Plan(FAMILIES, SHARES)


def only(name: str) -> Plan:
    """One family alone."""
    return Plan(FAMILIES, (name,))
