"""What an image is to a graph: its part of the image, size, channels and range (`input` in manifest.json)."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from service.scoring.ignored import ignored_mask


class StrictModel(BaseModel):
    """A frozen part of a manifest: finite numbers, and no key that is not known."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
        defer_build=True,  # most are read as a part of Manifest alone
    )


Resize = Literal["stretch", "pad"]

ColourMode = Literal["mono", "colour"]

Pixels = Annotated[int, Field(ge=1)]
Ratio = Annotated[float, Field(gt=0.0)]


class FittedOn(StrictModel):
    """What the normal images were before they were preprocessed: lowest and highest of all of them."""

    colour_modes: tuple[ColourMode, ...] = Field(min_length=1)
    height: tuple[Pixels, Pixels]
    width: tuple[Pixels, Pixels]
    aspect: tuple[Ratio, Ratio]
    """Width / height."""

    def __str__(self) -> str:
        sides = (str(low) if low == high else f"{low} to {high}" for low, high in (self.width, self.height))
        return f"{' and '.join(self.colour_modes)}, {' x '.join(sides)} pixels"

    @model_validator(mode="after")
    def _ranges_ascend(self) -> "FittedOn":
        for name, (low, high) in {"height": self.height, "width": self.width, "aspect": self.aspect}.items():
            if low > high:
                msg = f"expected the lowest {name} first, found {low} before {high}"
                raise ValueError(msg)
        return self


Share = Annotated[float, Field(ge=0.0, le=1.0)]

MOST_TILES = 64
"""All of them are in memory at once."""


class Roi(StrictModel):
    """The region of interest, as shares of an image's width and height: the graph sees nothing else."""

    x: Share
    y: Share
    width: Annotated[float, Field(gt=0.0, le=1.0)]
    height: Annotated[float, Field(gt=0.0, le=1.0)]

    @model_validator(mode="after")
    def _lies_in_the_image(self) -> "Roi":
        for side, start, extent in (("width", self.x, self.width), ("height", self.y, self.height)):
            if start + extent > 1.0 + 1e-9:
                msg = (
                    f"expected a region of interest within the image, found {side} from {start:g} to {start + extent:g}"
                )
                raise ValueError(msg)
        return self


class Tiles(StrictModel):
    """Rows and columns of equal tiles, each seen by the network alone; the map is put together of theirs."""

    rows: int = Field(ge=1, le=MOST_TILES)
    columns: int = Field(ge=1, le=MOST_TILES)
    overlap: int = Field(default=0, ge=0)
    """Pixels of the graph's input that neighbours share."""

    @property
    def number(self) -> int:
        return self.rows * self.columns

    @model_validator(mode="after")
    def _are_not_too_many(self) -> "Tiles":
        if not 1 < self.number <= MOST_TILES:
            msg = f"expected 2 to {MOST_TILES} tiles, found {self.rows} x {self.columns}"
            raise ValueError(msg)
        return self


class InputSpec(StrictModel, defer_build=False):  # used alone, by several threads, and shared by decoding workers
    """The graph's input: uint8 [batch, height, width, channels], and how an image becomes one.

    Pixel values, as fractions of an image's full scale (255 or 65535), are mapped linearly so that
    `black` becomes 0 and `white` becomes 255. 8-bit sets use 0 and 1, the identity; for 16-bit sets the
    range seen in the fit split is used, so that a 12-bit camera in a 16-bit file keeps its contrast.
    """

    height: int = Field(ge=8, le=4096)
    width: int = Field(ge=8, le=4096)
    channels: Literal[1, 3]
    bit_depth: Literal[8, 16] = 8
    black: float = Field(default=0.0, ge=0.0, le=1.0)
    white: float = Field(default=1.0, ge=0.0, le=1.0)
    roi: Roi | None = None
    """The part of an image that is scored; None is all of it."""
    resize: Resize = "stretch"
    """`pad` keeps the proportions, and fills what is left with the mean of the border."""
    ignored: str = Field(default="", max_length=1 << 20)
    """What is never scored: a PNG of 1 bit, [height, width] of the graph's input, white where it is ignored, in base64;
    empty for none. See `service.scoring.ignored`."""
    tiles: Tiles | None = None
    """The tiles that the graph cuts its input into; None for one."""
    margin: float | None = Field(default=None, ge=1.0, le=16.0)
    """Images are made smaller first, JPEGs while they are decoded, by the largest power of two that leaves at least
    this many times the input's height and width. None in bundles of earlier releases: see `stretched`."""
    fitted_on: FittedOn | None = None
    """None in bundles of earlier releases: their streams are not watched for images unlike those of the fit."""

    @model_validator(mode="after")
    def _tiles_fit(self) -> "InputSpec":
        if self.tiles is None:
            return self
        overlap = self.tiles.overlap
        for name, side, number in (("height", self.height, self.tiles.rows), ("width", self.width, self.tiles.columns)):
            if (side + (number - 1) * overlap) % number or (side - overlap) // number < 1:
                msg = f"expected a {name} of {number} tiles that share {overlap} pixels, found {side}"
                raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _ignored_areas_are_of_the_input(self) -> "InputSpec":
        if self.ignored and ignored_mask(self.ignored).shape != (self.height, self.width):
            height, width = ignored_mask(self.ignored).shape
            msg = f"expected ignored areas of {self.width}x{self.height} pixels, found {width}x{height}"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _earlier_releases_looked_at_all(self) -> "InputSpec":
        if self.margin is None and (self.roi is not None or self.resize == "pad"):
            raise ValueError("expected a margin with a region of interest or padding, found none")
        return self

    @model_validator(mode="after")
    def _range_is_not_empty(self) -> "InputSpec":
        if self.white <= self.black:
            msg = f"expected black < white, found black={self.black}, white={self.white}"
            raise ValueError(msg)
        return self
