"""Images as their tiles: what an autoencoder is trained on where images are scored in tiles."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.scoring.input_spec import InputSpec
from service.scoring.tiles import cut, number_of_tiles, tile_size


def tile_spec(spec: InputSpec) -> InputSpec:
    """What one tile is to an autoencoder: a small image. Itself where images are not cut."""
    if spec.tiles is None:
        return spec
    height, width = tile_size(spec)
    return spec.model_copy(update={"height": height, "width": width, "tiles": None, "ignored": "", "roi": None})


def tile_rows(numbers: NDArray[np.intp], spec: InputSpec) -> NDArray[np.intp]:
    """The rows of `TiledImages` that are the tiles of these images, image by image."""
    tiles = number_of_tiles(spec)
    return (numbers[:, np.newaxis] * tiles + np.arange(tiles)).reshape(-1)


@dataclass(frozen=True, slots=True)
class TiledImages:
    """The tiles of images [n, height, width, channels] as images, [n x tiles, …]: cut when they are asked for."""

    images: NDArray[np.uint8]
    spec: InputSpec

    @property
    def shape(self) -> tuple[int, ...]:
        """Of all tiles, [n x tiles, tile height, tile width, channels]."""
        return (len(self.images) * number_of_tiles(self.spec), *tile_size(self.spec), self.images.shape[-1])

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, which: Any) -> NDArray[np.uint8]:
        """By a number, a slice or an array of numbers, as of an array of the tiles."""
        rows = np.arange(len(self))[which]
        images, tiles = np.divmod(np.atleast_1d(rows), number_of_tiles(self.spec))
        found = np.empty((len(images), *self.shape[1:]), np.uint8)
        for image in np.unique(images):
            here = images == image
            found[here] = cut(self.images[image], self.spec)[tiles[here]]
        return found if np.ndim(rows) else found[0]


def tiled(images: NDArray[np.uint8], spec: InputSpec) -> NDArray[np.uint8] | TiledImages:
    """Images as what an autoencoder is trained on: themselves, or their tiles."""
    return images if spec.tiles is None else TiledImages(images, spec)
