"""Arguments of all commands that fit: how images become the graph's input."""

from pathlib import Path

from pydantic import Field

from service.scoring.input_spec import Resize
from training.cli.base import Command
from training.data.framing import Framing, parse_roi, parse_size


class FramingCommand(Command):
    """The size of the graph's input, and the part of an image that is scored."""

    image_size: str | None = Field(
        default=None,
        description="Size that images are brought to, one side or HEIGHTxWIDTH; multiples of 16 (default: 256, or of "
        "the images' proportions where they are far from square).",
    )
    roi: str | None = Field(
        default=None,
        description="Region of interest X,Y,WIDTH,HEIGHT in pixels or per cent: nothing else is scored (default: all).",
    )
    ignore: Path | None = Field(
        default=None,
        description="A mask as large as the images, white where nothing is ever scored: fixture, date stamp, "
        "background.",
    )
    resize: Resize | None = Field(
        default=None,
        description="stretch to the size, or pad with the border's mean (default: stretch; fit tries both on images of "
        "mixed proportions).",
    )

    def framing(self) -> Framing:
        """What the arguments ask for.

        Raises:
            TrainingError: if one of them cannot be read.
        """
        return Framing(
            size=None if self.image_size is None else parse_size(self.image_size),
            roi=None if self.roi is None else parse_roi(self.roi),
            resize=self.resize,
            ignore=self.ignore,
        )

    def framing_arguments(self) -> dict[str, object]:
        """Those that were given, by their flags' names."""
        given = {"image-size": self.image_size, "roi": self.roi, "ignore": self.ignore, "resize": self.resize}
        return {name: value for name, value in given.items() if value is not None}
