"""The parts of a scoring graph: backbone by stage, autoencoder, whitening, mixtures, map."""

import re
from collections.abc import Sequence

from deploy.benchmarks.speed.graph.operators import Operator

SCOPES = ("backbone/stage_[0-9]+", "backbone", "autoencoder", "whitening", "mixtures", "map")
"""Scopes that names may have in a graph; an operator without one belongs to the part before it."""

_SCOPE = re.compile("|".join(f"(?:^|/|;)({scope})(?=/|;|$)" for scope in SCOPES))
_AUTOENCODER_OF_OLD = re.compile(r"(?:^|;)(feature|conv|dense|denoising|unet|vae|sparse|contractive)(_\d+)?/")
_CONVOLUTIONS = {"CONV_2D", "DEPTHWISE_CONV_2D"}
IMAGE_RANK = 4
"""[n, height, width, channels]."""
_ENDS_THE_MIXTURES = {"ADD_N", "RESIZE_BILINEAR"}


def part_of_each(operators: Sequence[Operator]) -> list[str]:
    """The part that each operator belongs to.

    By the scope in its name; in a graph whose names hold none, by order: what comes before the autoencoder is the
    backbone, named by how far it has reduced the image, and what comes behind it mixtures, then the map.
    """
    scopes = [_scope(each.name) for each in operators]
    if not any(scopes):
        return _by_order(operators)
    parts, part = [], next(scope for scope in scopes if scope)
    for scope in scopes:
        part = scope or part
        parts.append(part)
    return parts


def is_backbone(part: str) -> bool:
    return part.startswith("backbone")


def _scope(name: str) -> str | None:
    found = _SCOPE.search(name)
    return next(group for group in found.groups() if group) if found else None


def _by_order(operators: Sequence[Operator]) -> list[str]:
    own = [number for number, each in enumerate(operators) if _AUTOENCODER_OF_OLD.search(each.name)]
    if not own:
        return ["all"] * len(operators)
    ends = (number for number in range(own[-1] + 1, len(operators)) if operators[number].kind in _ENDS_THE_MIXTURES)
    map_from = next(ends, len(operators))
    behind = ["mixtures"] * (map_from - own[-1] - 1) + ["map"] * (len(operators) - map_from)
    return [*_reductions(operators[: own[0]]), *["autoencoder"] * (own[-1] - own[0] + 1), *behind]


def _reductions(operators: Sequence[Operator]) -> list[str]:
    """`backbone 1/8` where an eighth of the image's height is left."""
    heights = [each.output[1] if each.kind in _CONVOLUTIONS else 0 for each in operators]
    full = max(each.output[1] for each in operators if len(each.output) == IMAGE_RANK)
    left, parts = full, []
    for height in heights:
        left = min(left, height) if height else left
        parts.append(f"backbone 1/{round(full / left)}")
    return parts
