"""The real files that are edited: the catalogue's whole ones, and rendered parts as four formats hold them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

import cv2
import numpy as np

from deploy.demo.renderer.render import render
from deploy.fuzz.encodings.catalogue import catalogue
from deploy.fuzz.encodings.encoding import EITHER, PIXELS, Encoding
from deploy.fuzz.references.by_format import REFERENCES
from deploy.fuzz.references.reading import Unread
from service.scoring.formats.signatures import kind_of

LARGEST = 40_000
"""Bytes of a file: longer ones would only take time."""
PARTS = 12
SIDE = 80


@cache
def bases() -> Mapping[str, Sequence[Encoding]]:
    """Whole files, by format; how often an encoding stands in its list is how often it is edited."""
    found: dict[str, list[Encoding]] = {"JPEG": [], "PNG": [], "TIFF": [], "BMP": []}
    for encoding in catalogue().values():
        kind = kind_of(encoding.data)
        whole = encoding.truth is not None and encoding.expected in (PIXELS, EITHER)
        if kind in found and whole and len(encoding.data) <= LARGEST:
            found[kind].append(encoding)
    for number in range(PARTS):
        part = render(np.random.default_rng(number), SIDE).image
        for kind, extension, options in (
            ("JPEG", ".jpg", [cv2.IMWRITE_JPEG_QUALITY, 90]),
            ("JPEG", ".jpg", [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]),
            ("JPEG", ".jpg", [cv2.IMWRITE_JPEG_RST_INTERVAL, 2]),
            ("PNG", ".png", []),
            ("TIFF", ".tif", [cv2.IMWRITE_TIFF_COMPRESSION, 5]),
            ("BMP", ".bmp", []),
        ):
            data = cv2.imencode(extension, part[..., ::-1], options)[1].tobytes()
            found[kind] += [Encoding(f"part{number}{extension}", data, PIXELS, part)] * 4
    return {kind: [_as_decoded(each, kind) for each in files] for kind, files in found.items()}


def _as_decoded(encoding: Encoding, kind: str) -> Encoding:
    """With the truth that a decoder finds: of a lossy file, not the picture before it was encoded."""
    try:
        return replace(encoding, truth=REFERENCES[kind](encoding.data).pixels)
    except Unread:
        return encoding
