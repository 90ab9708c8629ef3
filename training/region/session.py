"""One session of drawing: what the page shows, and what it saves."""

import threading
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from training.region.box import Box
from training.region.chosen_images import ChosenImages
from training.region.normal_look import SHOWN_SIDE, NormalLook, read_shown, scaled_size
from training.region.operations import Operation, draw, taken
from training.region.saved import RegionFolder, encoded, next_command, region_of
from training.region.suggestion import Suggestion, to_original

MOST_OPERATIONS = 5000

BRIGHTEST_SPREAD = 0.3
"""Of the images' range: white in the picture of the spread."""

_RED, _BLUE = (60, 60, 255), (255, 120, 40)
"""Blue, green, red of what is ignored, and of what is suggested."""


class Drawn(BaseModel):
    """What the page sends to be saved."""

    model_config = ConfigDict(extra="forbid")

    roi: Box | None
    operations: list[Operation] = Field(max_length=MOST_OPERATIONS)
    close: bool = False


@dataclass(frozen=True)
class Session:
    """The images, what is suggested, and where it is saved; used by several threads."""

    data: Path
    chosen: ChosenImages
    look: NormalLook
    suggestion: Suggestion
    folder: RegionFolder
    stream: str | None
    start_roi: Box | None
    """The region of interest that was saved before."""
    saved_mask: NDArray[np.bool_] | None
    _writing: threading.Lock = field(default_factory=threading.Lock)

    @cached_property
    def layers(self) -> dict[str, NDArray[np.bool_]]:
        """Areas that can be added whole, by name: bool [height, width] in original pixels."""
        height, width = self.chosen.height, self.chosen.width
        found: dict[str, NDArray[np.bool_]] = {
            area.name: to_original(area.mask, height, width) for area in self.suggestion.areas
        }
        return found if self.saved_mask is None else found | {"saved": self.saved_mask}

    def save(self, drawn: Drawn) -> tuple[str, float]:
        """Write what was drawn; the command that uses it, and the share of the image that is ignored.

        Raises:
            TrainingError: if nothing would be left to score, a box is not within the image, or nothing can be written.
        """
        mask = draw(drawn.operations, self.layers, self.chosen.height, self.chosen.width)
        names = taken(drawn.operations)
        if drawn.roi is not None and drawn.roi == self.suggestion.roi:
            names.append("roi")
        region = region_of(self.data, self.chosen, mask, drawn.roi, names, "person")
        with self._writing:
            self.folder.write(mask, region)
        return next_command(self.data, self.folder, region, self.stream), region.ignored_share

    def mean(self) -> bytes:
        """PNG of the mean normal image."""
        return encoded(self._stretched(self.look.mean))

    def spread(self) -> bytes:
        """PNG of the spread, at the size of the mean."""
        shown = np.clip(self.look.spread / BRIGHTEST_SPREAD * 255.0, 0.0, 255.0).astype(np.uint8)
        height, width = self.look.mean.shape[:2]
        return encoded(cv2.resize(shown, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.uint8))

    def image(self, place: int) -> bytes:
        """PNG of a single image.

        Raises:
            IndexError: if there is none of that number.
            ImageRejected, OSError: if it cannot be read any more.
        """
        if not 0 <= place < len(self.chosen.images):
            raise IndexError(place)
        return encoded(self._stretched(read_shown(self.chosen.images[place], SHOWN_SIDE).astype(np.float32)))

    def layer(self, name: str) -> bytes:
        """PNG of an area, transparent elsewhere, at the size of the mean.

        Raises:
            KeyError: if there is none of that name.
        """
        height, width = scaled_size(self.chosen.height, self.chosen.width, SHOWN_SIDE)
        mask = cv2.resize(self.layers[name].astype(np.uint8), (width, height), interpolation=cv2.INTER_AREA)
        picture = np.zeros((height, width, 4), np.uint8)
        picture[mask > 0] = (*(_RED if name == "saved" else _BLUE), 255)
        return encoded(picture)

    def _stretched(self, pixels: NDArray[np.float32]) -> NDArray[np.uint8]:
        """For people: 8-bit images as they are, others stretched over their range; blue, green, red if in colour."""
        is_8_bit = self.chosen.images[0].bit_depth == 8  # noqa: PLR2004 - bits
        black, white = (0.0, 255.0) if is_8_bit else (self.look.black, self.look.white)
        scaled = np.clip((pixels - black) / max(white - black, 1.0) * 255.0, 0.0, 255.0).round().astype(np.uint8)
        return scaled if scaled.ndim == 2 else np.ascontiguousarray(scaled[..., ::-1])  # noqa: PLR2004 - grey
