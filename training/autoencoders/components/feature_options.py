"""Options of the autoencoder `feature`."""

import math
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal, cast

from pydantic import Field, PlainValidator, model_validator

from training.autoencoders.base import AutoencoderOptions, Searched
from training.autoencoders.components.backbones.choice import Trained

Kind = Literal["anywhere", "place"]
"""Which gaussians a position is measured by: those of all residuals anywhere, or that of its own place."""

MapName = Annotated[str, Field(pattern="^(anywhere|place)[2-7]$")]
"""A kind and the number of a stage: `place4`."""


def _auto_or_share(value: Any) -> float | Literal["auto"]:
    """Raises: ValueError: if it is neither."""
    if value == "auto":
        return "auto"
    try:
        share = float(value)
    except (TypeError, ValueError):
        share = math.nan
    if not 0.0 <= share <= 1.0:
        msg = "expected auto, or a share from 0 to 1"
        raise ValueError(msg)
    return share


STAGES_BEFORE = (2, 3, 4, 5, 6, 7)
"""Those reproduced by earlier releases."""


class FeatureOptions(AutoencoderOptions):
    """Options of `feature`."""

    searched: ClassVar[Searched] = {
        "latent": (16, 32, 64, 128),
        "width": (64, 128, 256),
        "noise": (0.2, 0.4, 0.8),
        "dropout": (0.0, 0.2, 0.4),
    }

    epochs: int = Field(default=10, ge=1, description="Most epochs; training stops early.")
    batch_size: int = Field(default=4, ge=1)
    backbone: Trained = Field(
        default="imagenet",
        description="The frozen network: EfficientNet-lite0 with these weights (random detect much less), or another.",
    )
    copies: int = Field(default=2, ge=1, description="Augmented copies of each image whose features are kept.")
    noise: float = Field(default=0.4, ge=0.0, description="Of the gaussian noise added in training, in deviations.")
    dropout: float = Field(default=0.2, ge=0.0, lt=1.0, description="Share of feature channels hidden in training.")
    latent: int = Field(default=64, ge=1, description="Channels of the latent, on half the grid.")
    width: int = Field(default=96, ge=1, description="Channels of the convolutions.")
    whitened: bool = Field(default=True, description="Measure residuals by Mahalanobis; else by squares.")
    clusters: int = Field(default=256, ge=1, description="Most gaussians that residuals of normal parts fall into.")
    rank: int = Field(default=8, ge=1, description="Directions kept of the covariance of each of them.")
    place_rank: int = Field(default=16, ge=1, description="Directions kept of the covariance of each place.")
    shrinkage: float = Field(default=0.3, gt=0.0, le=1.0, description="Of each covariance to that of all positions.")
    maps: tuple[MapName, ...] = Field(
        default=("place4", "anywhere5"),
        min_length=1,
        description="Each a kind of gaussians and the stage of the frozen network whose residuals they are of.",
    )
    even: Annotated[float | Literal["auto"], PlainValidator(_auto_or_share)] = Field(
        default="auto",
        description="Share of the weight that all maps have alike; the rest goes to those that show synthetic defects. "
        "auto: from 0.5, where halves of the images agree on which these are, to 1, where chance decides.",
    )

    @property
    def stages(self) -> tuple[int, ...]:
        """The stages of the frozen network that are reproduced: those of the maps."""
        return tuple(sorted({stage for stage, _ in self.stages_and_kinds()}))

    def stages_and_kinds(self) -> list[tuple[int, Kind]]:
        """Of each map."""
        return [(int(name[-1]), cast("Kind", name[:-1])) for name in self.maps]

    @model_validator(mode="before")
    @classmethod
    def _of_earlier_releases(cls, given: Any) -> Any:
        """A retrain takes its champion's options, which may be of before there were `maps`; what is last counts."""
        if not isinstance(given, dict):
            return given
        kept = {name: value for name, value in given.items() if name not in ("stages", "places", "weighted")}
        named = [name for name in given if name in ("maps", "stages", "places")]
        if named and named[-1] != "maps":
            stages = _listed(given.get("stages", STAGES_BEFORE))
            kept["maps"] = [f"{kind}{stage}" for stage in stages for kind in _kinds(given.get("places", "0+30"))]
        if given.get("weighted") is False:
            kept["even"] = 1.0
        return kept


def _kinds(places: Any) -> Iterator[Kind]:
    """What the weights of a position's coordinates, as there were in place of kinds, come nearest to."""
    weights = [float(each) for each in _listed(places)]
    if 0.0 in weights:
        yield "anywhere"
    if any(weights):
        yield "place"


def _listed(values: Any) -> Any:
    return values.split("+") if isinstance(values, str) else values
