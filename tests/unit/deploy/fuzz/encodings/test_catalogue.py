"""Every encoding of a picture comes out as the right pixels or as a refusal with the right reason."""

import numpy as np
import pytest

from deploy.fuzz.encodings import picture
from deploy.fuzz.encodings.catalogue import KINDS, catalogue
from deploy.fuzz.encodings.encoding import DAMAGED, PIXELS, Encoding
from service.scoring.decoding import decode
from service.scoring.image import ImageLimits, ImageRejected


@pytest.mark.parametrize("kind", KINDS)
def test_every_encoding_gives_the_right_pixels_or_the_right_reason(kind: str) -> None:
    faults = {
        name: fault for name, each in catalogue().items() if name.startswith(f"{kind}/") and (fault := judge(each))
    }
    assert faults == {}


@pytest.mark.parametrize("kind", KINDS)
def test_no_refusal_says_that_a_whole_image_is_damaged(kind: str) -> None:
    whole = {
        name: each for name, each in catalogue().items() if name.startswith(f"{kind}/") and DAMAGED not in each.expected
    }
    assert [name for name, each in whole.items() if outcome(each)[0] == DAMAGED] == []


def test_the_catalogue_is_wide() -> None:
    counts = {kind: sum(name.startswith(f"{kind}/") for name in catalogue()) for kind in KINDS}
    assert all(count >= least for count, least in zip(counts.values(), (180, 140, 380, 115, 30), strict=True)), counts


def test_wrong_pixels_and_wrong_reasons_are_faults() -> None:
    truth = picture.grey8()
    encoding = Encoding("x", b"", PIXELS, truth, most=1.0)
    assert encoding.fault(PIXELS, truth) == encoding.fault(PIXELS, truth + np.uint8(1)) == ""
    assert encoding.fault(PIXELS, np.stack([truth] * 3, axis=-1)) == ""
    assert encoding.fault(PIXELS, truth + np.uint8(2)) == "mean difference 2.00, at most 1"
    assert encoding.fault(PIXELS, truth.T).startswith("expected (56, 72)")
    assert encoding.fault(PIXELS, truth.astype(np.uint16)) == "expected uint8, found uint16"
    assert encoding.fault(DAMAGED) == "expected pixels, found undecodable"


def judge(encoding: Encoding) -> str:
    return encoding.fault(*outcome(encoding))


def outcome(encoding: Encoding) -> tuple[str, np.ndarray | None]:
    try:
        return PIXELS, decode(encoding.data, ImageLimits())
    except ImageRejected as rejected:
        return str(rejected.reason), None
