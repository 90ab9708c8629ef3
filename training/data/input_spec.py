"""The graph's input: size, channels, bit depth and range, chosen from the normal set, and what that was."""

from collections.abc import Iterable, Sequence

import numpy as np

from service.scoring.input_spec import ColourMode, FittedOn, InputSpec
from training.data.framing import Framing, choose_input, roi_of
from training.data.ignored_areas import ignored_areas
from training.data.normal_set import ImageFile, NormalSet
from training.data.pixels import read_pixels
from training.data.split import Split
from training.progress import Progress

DECODED_MARGIN = 1.5
"""A camera's 1024 x 768 is halved for 256 x 256. By 2 it would not be, and pixels would differ no less (ADR 21)."""

TAIL = 0.001
"""This share of pixels at either end may be specks and dead pixels: the range is what the others span."""

MARGIN = 0.25
"""Room kept on either side, as a share of that range: a defect may be darker or brighter than any normal part."""


def input_spec(normal: NormalSet, split: Split, framing: Framing, progress: Progress) -> InputSpec:
    """Choose size, channels, bit depth and range; the range of 16-bit sets is that of the fit split.

    Raises:
        TrainingError: if region of interest, ignored areas or tiles do not suit the images.
    """
    is_8_bit = normal.images[0].bit_depth == 8  # noqa: PLR2004 - bits
    black, white = (0.0, 1.0) if is_8_bit else _range(split.fit, progress)
    roi = roi_of(framing.roi, normal.images)
    (height, width), tiles = choose_input(framing, roi, normal.images)
    spec = InputSpec(
        height=height,
        width=width,
        channels=3 if any(image.colour for image in normal.images) else 1,
        bit_depth=8 if is_8_bit else 16,
        black=black,
        white=white,
        roi=roi,
        resize=framing.resize or "stretch",
        margin=DECODED_MARGIN,
        tiles=tiles,
        fitted_on=_fitted_on(normal.images),
    )
    ignored = framing.ignored if framing.ignore is None else ignored_areas(framing.ignore, normal.images, spec)
    return spec.model_copy(update={"ignored": ignored})


def _fitted_on(images: Sequence[ImageFile]) -> FittedOn:
    heights, widths = [image.height for image in images], [image.width for image in images]
    aspects = [image.width / image.height for image in images]
    modes: list[ColourMode] = ["colour" if image.colour else "mono" for image in images]
    return FittedOn(
        colour_modes=tuple(sorted(set(modes))),
        height=(min(heights), max(heights)),
        width=(min(widths), max(widths)),
        aspect=(min(aspects), max(aspects)),
    )


def _range(images: Iterable[ImageFile], progress: Progress) -> tuple[float, float]:
    """(black, white) as fractions of 65535: the pixel values of 16-bit images, without tails, with a margin."""
    files = list(images)
    counts = np.zeros(1 << 16, np.int64)
    for image in progress.track(files, "finding the range", len(files)):
        counts += np.bincount(read_pixels(image.path).ravel(), minlength=1 << 16)
    shares = np.cumsum(counts) / counts.sum()
    low, high = (int(np.searchsorted(shares, share)) for share in (TAIL, 1.0 - TAIL))
    margin = MARGIN * max(1, high - low)
    full = np.iinfo(np.uint16).max
    return max(0.0, (low - margin) / full), min(1.0, (high + margin) / full)
