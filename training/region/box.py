"""A rectangle in pixels of the original images."""

from pydantic import BaseModel, ConfigDict, Field

MOST_PIXELS = 1 << 17
"""Longest side of any image that is read."""


class Box(BaseModel):
    """Left, top, width and height in pixels."""

    model_config = ConfigDict(frozen=True)

    x: int = Field(ge=0, lt=MOST_PIXELS)
    y: int = Field(ge=0, lt=MOST_PIXELS)
    width: int = Field(ge=1, le=MOST_PIXELS)
    height: int = Field(ge=1, le=MOST_PIXELS)

    def share(self, height: int, width: int) -> float:
        """Of an image [height, width], 0 to 1."""
        return self.width * self.height / (width * height)

    def is_within(self, height: int, width: int) -> bool:
        """Whether all of it lies in an image [height, width]."""
        return self.x + self.width <= width and self.y + self.height <= height

    def is_whole(self, height: int, width: int) -> bool:
        """Whether it is the image [height, width] itself."""
        return (self.x, self.y, self.width, self.height) == (0, 0, width, height)

    def __str__(self) -> str:
        """As `fit --roi` takes it."""
        return f"{self.x},{self.y},{self.width},{self.height}"
