"""All encodings, by name."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from deploy.fuzz.encodings import bmp, foreign, jpeg, png, tiff, tiff_structure
from deploy.fuzz.encodings.encoding import Encoding

KINDS = MappingProxyType(
    {
        "jpeg": (jpeg.cases,),
        "png": (png.cases,),
        "tiff": (tiff.cases, tiff_structure.cases),
        "bmp": (bmp.cases,),
        "foreign": (foreign.cases,),
    }
)


@cache
def catalogue() -> Mapping[str, Encoding]:
    """Every encoding by `kind/name`, such as `png/g8.png`.

    Raises:
        ValueError: two of one kind have the same name.
    """
    found: dict[str, Encoding] = {}
    for kind, makers in KINDS.items():
        for encoding in (each for make in makers for each in make()):
            name = f"{kind}/{encoding.name}"
            if name in found:
                raise ValueError(f"expected each encoding to have a name of its own, found {name} twice")
            found[name] = encoding
    return MappingProxyType(found)
