"""Options of the autoencoder `feature`."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from training.autoencoders.base import AutoencoderOptions, Searched
from training.autoencoders.components.backbones.base import STRIDES
from training.autoencoders.components.backbones.choice import Trained

Kind = Literal["anywhere", "place"]


class FeatureOptions(AutoencoderOptions):
    """Options of `feature`."""

    searched: ClassVar[Searched] = {
        "latent": (16, 32, 64, 128),
        "width": (64, 128, 256),
        "noise": (0.2, 0.4, 0.8),
        "dropout": (0.0, 0.2, 0.4),
    }

    epochs: int = Field(default=20, ge=1, description="Most epochs; training stops early.")
    backbone: Trained = Field(
        default="imagenet",
        description="The frozen network: EfficientNet-lite0 with these weights (random detect much less), or another.",
    )
    stages: tuple[Annotated[int, Field(ge=2, le=len(STRIDES))], ...] = Field(
        default=(4, 5), min_length=1, description="The frozen network's stages that are reproduced."
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
    kinds: tuple[Kind, ...] = Field(
        default=("anywhere", "place"),
        min_length=1,
        description="Which gaussians count at a position: those of all residuals anywhere, that of its own place.",
    )
    even: float = Field(
        default=0.5,
        ge=0.0,
        le=1.0,
        description="Share of the weight that all maps have alike; the rest goes to those that show synthetic defects.",
    )

    @model_validator(mode="before")
    @classmethod
    def _of_earlier_releases(cls, given: Any) -> Any:
        """A retrain takes the options of its champion, which may have been fitted when there were `places`."""
        if not isinstance(given, dict) or not {"places", "weighted"} & given.keys():
            return given
        kept = {name: value for name, value in given.items() if name not in ("places", "weighted")}
        if "places" in given:
            kept["kinds"] = list(_kinds(given["places"]))
        if given.get("weighted") is False:
            kept["even"] = 1.0
        return kept


def _kinds(places: Any) -> Iterator[Kind]:
    """What the weights of a position's coordinates, as there were in place of kinds, come nearest to."""
    weights = [float(each) for each in (places.split("+") if isinstance(places, str) else places)]
    if 0.0 in weights:
        yield "anywhere"
    if any(weights):
        yield "place"
