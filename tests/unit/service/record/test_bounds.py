"""What is too long is cut, and still tells one from another."""

import hashlib

from service.record.bounds import cut, cut_text


def test_what_fits_stays_as_it_is() -> None:
    assert cut(b"x" * 300, 300) == b"x" * 300
    assert cut_text("x" * 300, 300) == "x" * 300


def test_what_is_longer_is_its_beginning_and_the_digest_of_all() -> None:
    data = b"x" * 301
    digest = hashlib.sha256(data).hexdigest()
    assert cut(data, 300) == b"x" * 256 + b"~sha256:" + digest.encode()
    assert cut_text(data.decode(), 300) == "x" * 256 + "~sha256:" + digest
