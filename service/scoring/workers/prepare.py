"""An image decoded once and preprocessed for each graph that judges it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from service.scoring.decoding import decoder
from service.scoring.image import ImageLimits
from service.scoring.preprocessing import preprocess
from service.scoring.unlike_fit import unlike_fit

if TYPE_CHECKING:  # decoding processes do without pydantic, a third of their memory and imports
    from service.scoring.input_spec import InputSpec


@dataclass(frozen=True, slots=True)
class Prepared:
    """An image ready for its graphs."""

    size: tuple[int, int]
    """The original (height, width)."""
    pixels: NDArray[np.uint8]
    """[height, width, channels] for the first graph."""
    others: tuple[NDArray[np.uint8] | str, ...] = ()
    """The same for each further graph, or why it cannot take the image."""
    unlike_fit: frozenset[str] = frozenset()
    """In what the image differs from those that the first graph was fitted on."""


def prepare(data: bytes, limits: ImageLimits, specs: Sequence["InputSpec"]) -> Prepared:
    """Decode an image and preprocess it for `specs`, at least one.

    It is decoded once for all that want it in the same way.

    Raises:
        ImageRejected: if it cannot be decoded, or not be preprocessed for the first.
    """
    first, *others = specs
    decode = decoder(data, limits)
    image = decode(first)
    pixels = preprocess(image.pixels, first)

    def other(spec: "InputSpec") -> NDArray[np.uint8] | str:
        try:
            return preprocess(decode(spec).pixels, spec)
        except Exception as error:  # noqa: BLE001 - whatever it is, the first graph decides
            return f"{type(error).__name__}: {error}"

    return Prepared(image.size, pixels, tuple(map(other, others)), unlike_fit(image, first))
