"""The example of a receiver takes what is signed as it should be, and nothing else."""

import base64

import pytest

from docs.examples.webhook_receiver import is_genuine
from service.follow.webhook.signature import read_secrets, sign

SECRET, OTHER = (f"whsec_{base64.b64encode(bytes([number]) * 32).decode()}" for number in (1, 2))
NOW = 1_800_000_000
BODY = b'{"part_id": "part-7"}'


def headers(secrets: str = SECRET, timestamp: int = NOW) -> dict[str, str]:
    webhook_id = "inspection.verdicts/0/41"
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(read_secrets(secrets), webhook_id, timestamp, BODY),
    }


def test_what_is_signed_is_genuine_also_while_the_secret_is_changed() -> None:
    assert is_genuine(SECRET, headers(), BODY, NOW)
    assert is_genuine(SECRET, headers(f"{OTHER} {SECRET}"), BODY, NOW)


@pytest.mark.parametrize(
    "changed",
    [
        headers(OTHER),
        headers(timestamp=NOW - 301),
        headers(timestamp=NOW + 301),
        {**headers(), "webhook-id": "inspection.verdicts/0/42"},
        {**headers(), "webhook-timestamp": str(NOW + 1)},
        {**headers(), "webhook-timestamp": "soon"},
        {**headers(), "webhook-signature": "v1,\u00e4 v2,x"},
        {"webhook-id": "x"},
        {},
    ],
)
def test_anything_else_is_not(changed: dict[str, str]) -> None:
    assert not is_genuine(SECRET, changed, BODY, NOW)


def test_another_body_is_not() -> None:
    assert not is_genuine(SECRET, headers(), BODY + b" ", NOW)
