"""The headers and key of a dead letter, whatever came with the image."""

import pytest

from service.record.clients import ENVELOPE_BYTES
from service.record.dead_letter import dead_letter_headers, key_of, reduced_headers, reduced_key
from service.record.messages import Headers
from service.scoring.image import ImageRejected, Reason
from tests.support.records import FakeRecord

EMPTY = ImageRejected(Reason.EMPTY, "expected an image, found none")


def size(headers: Headers) -> int:
    return sum(len(name.encode()) + len(value) + 10 for name, value in headers)


def test_it_has_its_reason_its_source_and_the_original_headers() -> None:
    original: Headers = [("stream", b"left"), ("trace", None)]  # type: ignore[list-item] # Kafka allows null
    assert dict(dead_letter_headers(FakeRecord(headers=original), EMPTY)) == {
        "reason": b"empty",
        "message": b"expected an image, found none",
        "source_topic": b"inspection.images",
        "source_partition": b"3",
        "source_offset": b"41",
        "stream": b"left",
        "trace": b"",
    }


@pytest.mark.parametrize(
    ("headers", "cut"),
    [
        pytest.param([("stream", b"x" * (4 << 20))], b"1", id="a value of 4 MB"),
        pytest.param([("n" * 100_000, b"x")], b"1", id="a name of 100 kB"),
        pytest.param([("h", b"x" * 4000)] * 3000, b"2992", id="thousands of headers"),
        pytest.param([("", b"")] * 100_000, b"98976", id="very many empty ones"),
        pytest.param([("\u00e4" * 250, b"x" * 4096)] * 100, b"93", id="names of two bytes a character"),
    ],
)
def test_whatever_the_original_headers_they_fit_and_it_says_how_many_were_cut(headers: Headers, cut: bytes) -> None:
    found = dead_letter_headers(FakeRecord(headers=headers), EMPTY)
    assert dict(found)["headers_cut"] == cut
    assert size(found) < ENVELOPE_BYTES - 4096


def test_the_message_is_bounded() -> None:
    found = dict(dead_letter_headers(FakeRecord(), ImageRejected(Reason.BAD_HEADER, "x" * 100_000)))
    assert len(found["message"]) < 1000


def test_the_key_is_the_image_s_own_or_a_cut_one() -> None:
    assert key_of(FakeRecord(key=None)) is None
    assert key_of(FakeRecord(key=b"k" * 4096)) == b"k" * 4096
    key = key_of(FakeRecord(key=b"k" * 4097))
    assert key is not None
    assert key.startswith(b"k" * 256 + b"~sha256:")
    assert len(key) < 400


def test_a_reduced_one_has_reason_and_source_alone_and_says_what_the_brokers_said() -> None:
    record = FakeRecord(key=b"k" * 65, headers=[("trace", b"x")])
    found = dict(reduced_headers(record, EMPTY, "MessageSizeTooLargeError " * 100))
    assert (found["reason"], found["source_offset"], found["reduced"][:24]) == (
        b"empty",
        b"41",
        b"MessageSizeTooLargeError",
    )
    assert "trace" not in found
    assert len(found["reduced"]) < 400
    assert (reduced_key(record), reduced_key(FakeRecord(key=b"k"))) == (None, b"k")
