"""Hostile images: made by edits of whole ones, decoded by the service, and compared with reference decoders."""

import time
from contextlib import suppress
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deploy.fuzz.dice import Dice
from deploy.fuzz.encodings.encoding import PIXELS
from deploy.fuzz.hostile import Hostile, Outcome
from deploy.fuzz.images import any_bytes, bmp_edits, jpeg_edits, png_edits, tiff_edits
from deploy.fuzz.images.bases import bases
from deploy.fuzz.references import jpeg
from deploy.fuzz.references.by_format import REFERENCES
from deploy.fuzz.references.reading import Damage, Reading, Unread
from service.scoring.decoding import decode, decode_for
from service.scoring.formats.signatures import kind_of
from service.scoring.image import ImageLimits, ImageRejected, Reason
from service.scoring.input_spec import InputSpec
from service.scoring.preprocessing import preprocess
from service.scoring.workers.forking import WorkersFailedError
from service.scoring.workers.pool import DecodeWorkers
from service.scoring.workers.prepare import Prepared

LIMITS = ImageLimits(max_bytes=1 << 20, max_pixels=1 << 20)
"""Lower than the defaults, so that many inputs are beyond them."""
SHARES = ("JPEG",) * 9 + ("TIFF",) * 5 + ("PNG",) * 4 + ("BMP",) * 2
EDITS = MappingProxyType(
    {"JPEG": jpeg_edits.edit, "PNG": png_edits.edit, "TIFF": tiff_edits.edit, "BMP": bmp_edits.edit}
)
SECONDS = 10.0
"""Of CPU time for one image; the service's default."""
TRIES = 10
EIGHT = InputSpec(height=32, width=32, channels=3, margin=1.5)
SIXTEEN = InputSpec(height=32, width=32, channels=3, margin=1.5, bit_depth=16)
CRASHES = ("decoder fails on", "ends the decoder", "takes too long")
"""What a refusal says where the decoder raised what it must not, died, or was killed; all are findings."""
REASONS = frozenset({Reason.EMPTY, Reason.TOO_LARGE, Reason.UNDECODABLE, Reason.UNSUPPORTED_FORMAT})
"""What decoding may answer."""


class Images:
    """Edits of JPEG, PNG, TIFF and BMP, through a decoding worker as the service has them."""

    def __init__(self, workers: DecodeWorkers | None = None) -> None:
        """Use these workers; by default one of its own, which ends with this process."""
        self._workers = workers

    def make(self, dice: Dice) -> Hostile:
        """A whole file with one to three edits, most of them by someone who knows its structure."""
        kind = dice.pick(SHARES)
        base = dice.pick(bases()[kind])
        data = base.data
        for _ in range(dice.pick((1, 1, 1, 2, 3))):
            other = dice.pick(bases()[kind if dice.chance(0.8) else dice.pick(SHARES)]).data
            by_structure = data and dice.chance(0.75) and kind_of(data) == kind
            data = EDITS[kind](data, other, dice) if by_structure else any_bytes.edit(data, other, dice)
        return Hostile(kind, data, base.truth)

    def judge(self, hostile: Hostile) -> Outcome:
        """Decode as the service does, then compare the pixels that its graph would see, and all of them."""
        workers = self._workers = self._workers or _started()
        begun = time.perf_counter()
        try:
            prepared, spec = _prepared(workers, hostile.data)
        except ImageRejected as rejected:
            return _refused(hostile, rejected, 1000 * (time.perf_counter() - begun))
        ms = 1000 * (time.perf_counter() - begun)
        pixels = decode(hostile.data, LIMITS)
        again = preprocess(decode_for(hostile.data, LIMITS, spec).pixels, spec)
        if prepared.size != pixels.shape[:2] or not np.array_equal(prepared.pixels, again):
            return Outcome(PIXELS, ms, "a second look gives other pixels")
        fault, remark = _accepted(hostile, pixels)
        return Outcome(PIXELS, ms, fault, remark)


def _started() -> DecodeWorkers:
    """One worker, ready; on a busy machine it may take more than one try."""
    for _ in range(TRIES):
        workers = DecodeWorkers(1, LIMITS, SECONDS)
        with suppress(WorkersFailedError):
            workers.prepare(bases()["PNG"][0].data, [EIGHT], "fuzz/0/0")
            return workers
        workers.close()
    raise WorkersFailedError("expected a decoding process to start, found none that did")


def _prepared(workers: DecodeWorkers, data: bytes) -> tuple[Prepared, InputSpec]:
    """For a bundle of 8 bits, or of 16 if the image has those; and which it was.

    Raises:
        ImageRejected: if the image has neither.
    """
    try:
        return workers.prepare(data, [EIGHT], "fuzz/0/0"), EIGHT
    except ImageRejected as rejected:
        if rejected.reason is not Reason.WRONG_BIT_DEPTH:
            raise
    return workers.prepare(data, [SIXTEEN], "fuzz/0/0"), SIXTEEN


def _accepted(hostile: Hostile, pixels: NDArray[Any]) -> tuple[str, str]:
    """What is wrong about these pixels, and what they are."""
    if pixels.dtype not in (np.uint8, np.uint16) or pixels.ndim not in (2, 3):
        return f"found {pixels.dtype} {pixels.shape}", ""
    try:
        reading = _reading(hostile.data)
    except (Damage, Unread) as found:
        if hostile.truth is not None and _same(pixels, hostile.truth, hostile.group):
            return "", "unchanged, though the reference refuses the file"
        return f"accepted, but by the reference {type(found).__name__.lower()}: {found}", ""
    fault = reading.fault(pixels)
    if fault:
        return fault, ""
    unchanged = hostile.truth is not None and _same(pixels, hostile.truth, hostile.group)
    return "", "unchanged" if unchanged else "another picture, whole by the reference"


def _refused(hostile: Hostile, rejected: ImageRejected, ms: float) -> Outcome:
    """A refusal is right with a documented reason; whether the reference reads the file is counted."""
    reason = str(rejected.reason)
    if rejected.reason not in REASONS or any(each in str(rejected) for each in CRASHES):
        return Outcome(reason, ms, f"no reason that decoding may give: {rejected}")
    try:
        reading = _reading(hostile.data)
    except (Damage, Unread):
        return Outcome(reason, ms)
    size = reading.pixels.shape[0] * reading.pixels.shape[1]
    if rejected.reason == Reason.TOO_LARGE and len(hostile.data) <= LIMITS.max_bytes and size <= LIMITS.max_pixels:
        return Outcome(reason, ms, f"refused as too large at {reading.pixels.shape[:2]}")
    return Outcome(reason, ms, remark="" if size > LIMITS.max_pixels else f"{reason}, though the reference reads it")


def _reading(data: bytes) -> Reading:
    kind = kind_of(data)
    if kind is None:
        raise Unread("no known signature")
    return REFERENCES[kind](data)


def _same(pixels: NDArray[Any], truth: NDArray[Any], kind: str) -> bool:
    """Whether they are the same picture, up to what decoders of JPEG may differ by."""
    most, mean = (jpeg.MOST, jpeg.MEAN) if kind == "JPEG" else (0, 0.0)
    return not Reading(truth, most, mean).fault(pixels)
