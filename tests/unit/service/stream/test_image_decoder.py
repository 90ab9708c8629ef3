"""Decoding polled images for the bundles of their streams."""

from pathlib import Path

import pytest

from service.bundles.champions import Champions
from service.metrics import Metrics
from service.scoring.bundle import BundleStore
from service.scoring.image import Reason
from service.scoring.workers.forking import WorkersFailedError
from service.stream.image_decoder import ImageDecoder, Preprocessed, Unscorable
from tests.support.bundles import part, png, write_bundle
from tests.support.records import FakeRecord
from tests.support.shadow import no_shadow
from tests.support.workers import LocalWorkers


@pytest.fixture
def decoder(tmp_path: Path) -> ImageDecoder:
    write_bundle(tmp_path)
    metrics = Metrics()
    champions = Champions(BundleStore(tmp_path), metrics, threads=1)
    champions.refresh()
    return ImageDecoder(champions, no_shadow(), LocalWorkers(), metrics, at_once=1)


def image(partition: int, offset: int, value: bytes | None = None) -> FakeRecord:
    return FakeRecord(partition=partition, offset=offset, value=png(part(60)) if value is None else value)


def test_an_image_is_preprocessed_for_the_champion_of_its_stream(decoder: ImageDecoder) -> None:
    preprocessed = decoder.decode(image(0, 0))
    assert isinstance(preprocessed, Preprocessed)
    assert (preprocessed.stream, preprocessed.size, preprocessed.pixels.shape) == ("default", (32, 32), (32, 32, 3))


def test_what_cannot_be_scored_has_its_rejection(decoder: ImageDecoder) -> None:
    unscorable = decoder.decode(image(0, 0, b""))
    assert isinstance(unscorable, Unscorable)
    assert (unscorable.stream, unscorable.rejection.reason) == ("default", Reason.EMPTY)


def test_a_stream_nobody_serves_never_becomes_a_label(decoder: ImageDecoder) -> None:
    record = FakeRecord(headers=[("stream", b"made-up-by-a-producer")])
    unscorable = decoder.decode(record)
    assert isinstance(unscorable, Unscorable)
    assert (unscorable.stream, unscorable.rejection.reason) == ("unknown", Reason.UNKNOWN_STREAM)


def test_an_image_that_the_decoder_fails_on_does_not_stop_the_line(
    decoder: ImageDecoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(LocalWorkers, "prepare", fail)
    unscorable = decoder.decode(image(0, 0))
    assert isinstance(unscorable, Unscorable)
    assert unscorable.rejection.reason == Reason.UNDECODABLE


def test_workers_that_do_not_start_are_no_images_fault(decoder: ImageDecoder, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise WorkersFailedError("no memory")

    monkeypatch.setattr(LocalWorkers, "prepare", fail)
    with pytest.raises(WorkersFailedError):
        decoder.decode(image(0, 0))
