"""A sheet of images side by side: original, input, restored, and the difference between the first and the last."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from service.scoring.map_rendering import to_png
from service.scoring.printable import printable
from training.pictures.painting import Hidden
from training.pictures.quality import Compared
from training.report.images import GAP, shrunk
from training.trainer.result import Image

MOST_ROWS = 16

SMALLEST, LARGEST = 128, 256
"""Pixels: smaller images are shown enlarged, larger ones shrunk."""

LINE = 16
"""Height of a line of text in pixels."""

GAIN = 4
"""How many times as bright differences are shown."""

MASK = (255, 0, 255)
"""What hidden pixels are shown as: no colour of a part."""


@dataclass(frozen=True, slots=True)
class Row:
    """One image: its name, and uint8 [height, width, 1 or 3] each."""

    name: str
    original: Image | None
    given: Image
    restored: Image
    hidden: Hidden | None = None
    compared: Compared | None = None

    def tiles(self) -> dict[str, NDArray[np.uint8]]:
        """Column -> RGB."""
        given, restored = _rgb(self.given), _rgb(self.restored)
        away = np.abs((given if self.original is None else _rgb(self.original)).astype(np.int16) - restored)
        difference = np.asarray(np.minimum(255, GAIN * away), np.uint8)
        if self.hidden is not None:
            given = np.where(self.hidden[..., np.newaxis], np.array(MASK, np.uint8), given)
        clean = {} if self.original is None else {"original": _rgb(self.original)}
        return {**clean, "input": given, "restored": restored, f"difference x {GAIN}": difference}

    def caption(self) -> str:
        """Name and measures."""
        if self.compared is None:
            return printable(self.name)
        before, after = self.compared.given, self.compared.restored
        ratios = " to ".join("same" if each.psnr is None else f"{each.psnr:.1f} dB" for each in (before, after))
        return f"{printable(self.name)}: PSNR {ratios}, SSIM {before.ssim:.2f} to {after.ssim:.2f}"


def comparison(rows: Sequence[Row]) -> bytes:
    """At least one row, under the names of the columns, as PNG; all columns that any row has."""
    each = [row.tiles() for row in rows]
    columns = max(map(list, each), key=len)
    height, width = _shown(each[0]["input"]).shape[:2]
    page = np.full((LINE + len(rows) * (height + LINE + GAP), len(columns) * (width + GAP) - GAP, 3), 255, np.uint8)
    texts = [(number * (width + GAP), 0, column) for number, column in enumerate(columns)]
    for number, (row, tiles) in enumerate(zip(rows, each, strict=True)):
        top = LINE + number * (height + LINE + GAP)
        for place, column in enumerate(columns):
            if column in tiles:
                left = place * (width + GAP)
                page[top : top + height, left : left + width] = _shown(tiles[column])
        texts.append((0, top + height, row.caption()))
    return to_png(_written(page, texts))


def _written(page: NDArray[np.uint8], texts: Sequence[tuple[int, int, str]]) -> NDArray[np.uint8]:
    picture = Pillow.fromarray(page)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(LINE - 4)
    for left, top, text in texts:
        draw.text((left + 2, top), text, "black", font)
    return np.asarray(picture)


def _shown(tile: NDArray[np.uint8]) -> NDArray[np.uint8]:
    times = max(1, SMALLEST // min(tile.shape[:2]))
    size = tile.shape[1] * times, tile.shape[0] * times
    larger = np.asarray(cv2.resize(tile, size, interpolation=cv2.INTER_NEAREST), np.uint8) if times > 1 else tile
    return shrunk(larger, LARGEST)


def _rgb(image: Image) -> NDArray[np.uint8]:
    return np.broadcast_to(image, (*image.shape[:2], 3))
