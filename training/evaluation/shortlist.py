"""Bounded lists of the images that a report shows, by score; of all other images no pixels are kept."""

from bisect import insort
from dataclasses import dataclass
from pathlib import Path

from service.scoring.graph import ImagePrediction

SIZE = 6
"""No list in the report is longer."""


@dataclass(frozen=True, slots=True)
class ShownImage:
    """An image with its name in the report, and the prediction with the pixels it was made from."""

    path: Path
    name: str
    found: ImagePrediction

    @property
    def score(self) -> float:
        return self.found.prediction.score


class Shortlist:
    """The SIZE images with the highest, or the lowest, scores of all that were added; ties in the order of adding."""

    def __init__(self, *, lowest: bool = False) -> None:
        self.images: list[ShownImage] = []
        self._sign = 1.0 if lowest else -1.0

    def add(self, image: ShownImage) -> None:
        """Insert an image in its place; the last one of a full list is dropped."""
        insort(self.images, image, key=lambda each: self._sign * each.score)
        del self.images[SIZE:]
