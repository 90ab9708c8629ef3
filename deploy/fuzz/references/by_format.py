"""The reference decoder of each format."""

from collections.abc import Callable
from types import MappingProxyType

from deploy.fuzz.references import bmp, jpeg, png, tiff
from deploy.fuzz.references.reading import Reading

REFERENCES: MappingProxyType[str, Callable[[bytes], Reading]] = MappingProxyType(
    {"JPEG": jpeg.read, "PNG": png.read, "TIFF": tiff.read, "BMP": bmp.read}
)
"""By the names of the formats; each raises Damage or Unread."""
