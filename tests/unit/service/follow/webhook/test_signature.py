"""Signatures as Standard Webhooks has them."""

import base64
import hashlib
import hmac

import pytest

from service.follow.webhook.signature import read_secrets, sign

KEY = bytes(range(24))
TEXT = base64.b64encode(KEY).decode()


def test_a_secret_is_base64_with_or_without_its_prefix() -> None:
    assert read_secrets(f"whsec_{TEXT}") == read_secrets(TEXT) == (KEY,)
    assert read_secrets(f"whsec_{TEXT} whsec_{base64.b64encode(b'x' * 64).decode()}") == (KEY, b"x" * 64)


@pytest.mark.parametrize("text", ["", " ", "whsec_", "secret", "whsec_!!!!", base64.b64encode(b"x" * 23).decode()])
def test_other_secrets_are_refused_and_not_shown(text: str) -> None:
    with pytest.raises(ValueError, match="expected whsec_ and the base64 of 24 to 64 random bytes") as refused:
        read_secrets(text)
    assert not text.strip() or text == "whsec_" or text not in str(refused.value).replace("found something", "")


def test_it_is_the_hmac_of_id_time_and_body() -> None:
    """By the equation of the specification, written out."""
    digest = hmac.new(KEY, b"topic/0/41.1674087231." + b"\xff{}", hashlib.sha256).digest()
    assert sign([KEY], "topic/0/41", 1674087231, b"\xff{}") == f"v1,{base64.b64encode(digest).decode()}"


def test_the_specifications_example() -> None:
    """Secret, id, time and body as its libraries test them."""
    secrets = read_secrets("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signature = sign(secrets, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_each_secret_signs() -> None:
    one, two = sign([KEY], "a", 1, b""), sign([b"x" * 32], "a", 1, b"")
    assert sign([KEY, b"x" * 32], "a", 1, b"") == f"{one} {two}"
