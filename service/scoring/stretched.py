"""Preprocessing as earlier releases did it, by OpenCV: for bundles whose input has no margin."""

from typing import TYPE_CHECKING, cast

import cv2

from service.scoring.image import Pixels

if TYPE_CHECKING:  # decoding processes do without pydantic, a third of their memory and imports
    from service.scoring.input_spec import InputSpec

cv2.setNumThreads(1)  # there are as many processes and threads as the settings say


def stretched(image: Pixels, spec: "InputSpec") -> Pixels:
    """An image in the channels and size of a graph's input: the mean of an area, or linear where it is enlarged.

    Args:
        image: uint8 or uint16, [h, w] or RGB [h, w, 3].
        spec: what the graph takes.

    Returns:
        of the same type, [spec.height, spec.width] or [spec.height, spec.width, 3].
    """
    if image.ndim == 2 and spec.channels == 3:  # noqa: PLR2004 - mono image, colour graph
        image = cast(Pixels, cv2.cvtColor(image, cv2.COLOR_GRAY2RGB))
    elif image.ndim == 3 and spec.channels == 1:  # noqa: PLR2004 - colour image, mono graph
        image = cast(Pixels, cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
    shrinks = image.shape[0] * image.shape[1] > spec.height * spec.width
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cast(Pixels, cv2.resize(image, (spec.width, spec.height), interpolation=interpolation))
