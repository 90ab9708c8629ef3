"""Presets of `feature` for `--speed`: how many milliseconds an image its detection may cost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from training.errors import TrainingError

Speed = Literal["fast", "balanced", "accurate"]


@dataclass(frozen=True, slots=True)
class Preset:
    """Values of options where none are given."""

    options: Mapping[str, Any] = field(default_factory=dict)

    def completed(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """These options, and the preset's own where they leave one out."""
        return {**self.options, **options}


ALIKE = {"clusters": 256, "rank": 8, "place_rank": 16}
"""At all speeds: so a retrain at another speed keeps none of these from its champion."""

SPEEDS: Mapping[Speed, Preset] = {
    "fast": Preset({"maps": ("anywhere4", "place4"), **ALIKE}),
    "balanced": Preset({"maps": ("place4", "anywhere5"), **ALIKE}),
    "accurate": Preset({"maps": ("anywhere4", "place4", "anywhere5", "place5", "place6"), **ALIKE}),
}
"""`balanced` is the default."""


def preset(speed: Speed | None, autoencoder: str) -> Preset:
    """The preset of a speed; without a speed one that chooses nothing.

    Raises:
        TrainingError: if there is no such speed, or the autoencoder has no such choice.
    """
    if speed is None:
        return Preset()
    if speed not in SPEEDS:
        raise TrainingError(f"expected a speed of {', '.join(SPEEDS)}, found {speed}")
    if autoencoder != "feature":
        raise TrainingError(
            f"expected --speed with the autoencoder feature alone, found --autoencoder {autoencoder}; leave it out, "
            "and choose by --options: docs/autoencoders.md"
        )
    return SPEEDS[speed]
