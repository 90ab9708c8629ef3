"""Images and bundles for backtests: a challenger of gain g scores g times the brightness of the brightest place."""

from pathlib import Path

from tests.support.bundles import part, write_bundle
from tests.support.drawn_parts import write_image

DARK, BRIGHT = 60, 200
"""A part of 60 / 255 passes the champion's threshold of 0.5, a spot of 200 / 255 does not."""


def write_tests(root: Path, *, good: int = 6, defects: int = 4) -> Path:
    """Normal parts in test/good and bright spots in test/spot."""
    for i in range(good):
        write_image(root / f"test/good/{i}.png", part(DARK, seed=i))
    for i in range(defects):
        write_image(root / f"test/spot/{i}.png", part(DARK, BRIGHT, seed=i))
    return root


def write_pair(store: Path, gain: float, stream: str = "default") -> tuple[str, str]:
    """A champion of gain 1 and another bundle; their ids."""
    first = write_bundle(store, stream)
    return first.name, write_bundle(store, stream, gain=gain, champion=False).name
