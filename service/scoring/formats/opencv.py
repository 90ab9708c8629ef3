"""OpenCV as a decoder: quiet, and with one kind of error."""

from typing import cast

import cv2
import numpy as np

from service.scoring.formats.refusals import damaged
from service.scoring.image import Pixels

cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # its warnings reach people as ImageRejected instead
_FLAGS = cv2.IMREAD_ANYDEPTH | cv2.IMREAD_ANYCOLOR | cv2.IMREAD_IGNORE_ORIENTATION


def imdecode(data: bytes) -> Pixels:
    """The pixels of an image whose header was checked: uint8 or uint16, [h, w] or RGB [h, w, 3], not yet upright.

    Raises:
        ImageRejected: `undecodable` if OpenCV reports any error.
        MemoryError: if there is not enough memory.
    """
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), _FLAGS)
    except cv2.error as error:
        if error.code == cv2.Error.STS_NO_MEM:
            raise MemoryError(error.err) from error
        image = None
    if image is None or image.dtype not in (np.uint8, np.uint16):
        raise damaged(f"{len(data)} bytes of image data that cannot be decoded")
    colour = image.ndim == 3  # height, width, channels
    return cast(Pixels, cv2.cvtColor(image, cv2.COLOR_BGR2RGB) if colour else image)
