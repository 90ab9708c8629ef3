"""In what an image differs from those that a bundle was fitted on: colour mode, aspect ratio, size."""

from typing import TYPE_CHECKING

from service.scoring.image import Decoded

if TYPE_CHECKING:  # decoding processes do without pydantic, a third of their memory and imports
    from service.scoring.input_spec import InputSpec

SIZE_FACTOR = 1.5
ASPECT_FACTOR = 1.2
"""How far a side, or the aspect ratio, may lie outside of the range of the normal images. A fit leaves out an image
that is as far from the others."""

DIFFERENCES = ("colour_mode", "aspect", "size")


def unlike_fit(image: Decoded, spec: "InputSpec") -> frozenset[str]:
    """What of DIFFERENCES is other than in all normal images; nothing, if the bundle does not say what those were.

    Such an image is judged, but the false-alarm rate is promised for others.

    Args:
        image: decoded.
        spec: of the bundle that judges it.
    """
    known = spec.fitted_on
    if known is None:
        return frozenset()
    height, width = image.size
    mode = "mono" if image.pixels.ndim == 2 else "colour"  # noqa: PLR2004 - height, width
    found = {
        "colour_mode": mode not in known.colour_modes,
        "aspect": _outside(width / height, known.aspect, ASPECT_FACTOR),
        "size": _outside(height, known.height, SIZE_FACTOR) or _outside(width, known.width, SIZE_FACTOR),
    }
    return frozenset(what for what in DIFFERENCES if found[what])


def _outside(value: float, known: tuple[float, float], factor: float) -> bool:
    low, high = known
    return not low / factor <= value <= high * factor
