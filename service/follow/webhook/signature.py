"""Signatures of what is sent, as the Standard Webhooks specification 1.0 has them: HMAC-SHA256 of id, time and body."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64
"""Bytes of a secret."""


def read_secrets(text: str) -> tuple[bytes, ...]:
    """The keys in the setting: one, or several while it is being changed; each signs.

    Raises:
        ValueError: one is not the base64 of 24 to 64 bytes, or there is none; never with the secret in the message.
    """
    secrets = tuple(_key(word) for word in text.split())
    if not secrets or not all(SHORTEST <= len(each) <= LONGEST for each in secrets):
        raise ValueError(
            f"expected {PREFIX} and the base64 of {SHORTEST} to {LONGEST} random bytes, found something else; "
            f'make one with: echo "{PREFIX}$(openssl rand -base64 32)"'
        )
    return secrets


def sign(secrets: Sequence[bytes], webhook_id: str, timestamp: int, body: bytes) -> str:
    """The header `webhook-signature`: one signature for each secret, of `id.timestamp.body`.

    The id may have dots, although whoever could choose ids could then move the border between id and timestamp: it is
    coordinates on Kafka, which nobody outside chooses.
    """
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    digests = (hmac.new(secret, signed, hashlib.sha256).digest() for secret in secrets)
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)


def _key(word: str) -> bytes:
    try:
        return base64.b64decode(word.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return b""
