"""Every codec of Kafka, read piece by piece."""

import pytest

from service.record import decompression
from service.record.decompression import UnknownCodec, decompress
from tests.support.raw_batches import CODECS, COMPRESS

DATA = bytes(range(256)) * 1000


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("piece", [1000, 1 << 20])
def test_what_is_read_piece_by_piece_is_what_was_compressed(codec: str, piece: int) -> None:
    stream = decompress(CODECS[codec], COMPRESS[codec](DATA))
    assert b"".join(iter(lambda: stream.read(piece), b"")) == DATA


def test_snappy_without_frames_as_librdkafka_writes_it_is_read() -> None:
    import snappy  # noqa: PLC0415 - its only use here

    assert decompress(CODECS["snappy"], snappy.compress(DATA)).read() == DATA


def test_a_snappy_block_that_claims_gigabytes_is_refused_before_it_is_decompressed() -> None:
    with pytest.raises(ValueError, match=f"at most {decompression.SNAPPY_BLOCK_BYTES} bytes"):
        decompress(CODECS["snappy"], b"\xff\xff\xff\xff\x0f" + b"x" * 20).read()


def test_a_snappy_block_that_is_cut_off_is_damage() -> None:
    with pytest.raises(EOFError, match="whole snappy block"):
        decompress(CODECS["snappy"], COMPRESS["snappy"](DATA)[:-5]).read()


def test_a_codec_that_kafka_does_not_have_is_named() -> None:
    with pytest.raises(UnknownCodec, match="expected a codec of 0, 1, 2, 3, 4, found 7"):
        decompress(7, DATA)
