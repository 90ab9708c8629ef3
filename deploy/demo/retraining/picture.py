"""A picture of what the lamp does: good parts before and after, and a defect after."""

from pathlib import Path

import cv2

from deploy.demo.retraining.parts import Parts
from deploy.devtools.errors import DemoError

HEIGHT = 320


def write_picture(parts: Parts, target: Path) -> Path:
    """A good part under the good lamp, another under the weak one, and a defect under that, next to each other.

    Raises:
        DemoError: if an image cannot be read.
    """
    tiles = []
    for images, normal in ((parts.before, True), (parts.after, True), (parts.after, False)):
        path = next(image.path for image in images if image.is_normal is normal)
        image = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if image is None:
            raise DemoError(f"Expected an image that can be shown, found {path}.")
        width = max(1, round(HEIGHT * image.shape[1] / image.shape[0]))
        tiles.append(cv2.resize(image, (width, HEIGHT), interpolation=cv2.INTER_AREA))
    cv2.imwrite(str(target), cv2.hconcat(tiles))
    return target
