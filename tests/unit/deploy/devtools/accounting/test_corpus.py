"""Numbered images get the outcomes that they promise, on the tiny bundle."""

from collections import Counter
from collections.abc import Sequence

import pytest

from deploy.devtools.accounting.corpus import DEFAULT_STREAM, Image, mixed, tiny
from deploy.devtools.accounting.ledger import Kind
from deploy.devtools.tiny_bundle import write_bundle
from service.record.image_headers import read_headers
from service.scoring.bundle import read_bundle
from service.scoring.decoding import decode
from service.scoring.image import ImageLimits, ImageRejected
from service.scoring.preprocessing import preprocess
from service.scoring.scorer import Scorer
from tests.support.records import FakeRecord


@pytest.fixture(scope="module")
def scorer(tmp_path_factory: pytest.TempPathFactory) -> Scorer:
    return Scorer(read_bundle(write_bundle(tmp_path_factory.mktemp("store"))))


@pytest.mark.parametrize("images", [tiny(), mixed(1)], ids=["tiny", "mixed"])
def test_each_image_gets_the_outcome_that_it_promises(images: Sequence[Image], scorer: Scorer) -> None:
    for image in images:
        assert outcome(image, scorer) == image.expected


def test_the_mix_is_as_described() -> None:
    kinds = Counter(image.expected for image in mixed(1))
    assert kinds == {Kind.PASS: 540, Kind.ANOMALY: 30, Kind.DEAD_LETTER: 30}
    assert [image.value for image in mixed(1)] == [image.value for image in mixed(1)]


def outcome(image: Image, scorer: Scorer) -> Kind:
    try:
        headers = read_headers(FakeRecord(value=image.value, headers=list(image.headers)))
        if headers.stream.encode() != DEFAULT_STREAM:
            return Kind.DEAD_LETTER
        pixels = preprocess(decode(image.value, ImageLimits()), scorer.input)
    except ImageRejected:
        return Kind.DEAD_LETTER
    is_anomaly = scorer.run(pixels).score > scorer.bundle.manifest.calibration.threshold
    return Kind.ANOMALY if is_anomaly else Kind.PASS
