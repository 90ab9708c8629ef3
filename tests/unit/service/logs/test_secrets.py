"""No secret in any log."""

import base64
import logging

import pytest

from service.logs.secrets import HideKafkaSecrets, HideSecrets

SECRET = 'hunter2\'s "ö"'


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        repr(SECRET),
        repr(SECRET.encode()),
        base64.b64encode(SECRET.encode()).decode(),
        "hunter2%27s%20%22%C3%B6%22",
        'hunter2\'s \\"\\u00f6\\"',
    ],
)
def test_a_secret_is_hidden_however_it_is_written(text: str) -> None:
    assert "hunter2" not in HideSecrets([SECRET]).text(f"before {text} after")
    assert "aHVudGVyM" not in HideSecrets([SECRET]).text(text)


def test_tokens_are_hidden_that_nobody_knew() -> None:
    hide = HideSecrets([])
    assert hide.text("sent eyJhbGciOiJub25lIn0.eyJzdWIiOiJtZSJ9. to it") == "sent [secret] to it"
    assert hide.text("auth=Bearer abcdef0123456789\x01") == "auth=Bearer [secret]\x01"


def test_other_text_stays() -> None:
    assert HideSecrets(["abc", ""]).text("abc: nothing hidden") == "abc: nothing hidden"


class SaslAuthenticateRequest:
    def __str__(self) -> str:
        return "auth_bytes=b'hunter2'"


@pytest.mark.parametrize(
    "args",
    [(1, SaslAuthenticateRequest()), ({"sasl_plain_password": "hunter2"},), ({"token": "hunter2"}, 1)],
)  # fmt: skip
def test_what_the_kafka_client_logs_of_a_login_is_hidden(args: tuple[object, ...]) -> None:
    record = logging.LogRecord("kafka.net.connection", logging.DEBUG, "", 1, " ".join(["%s"] * len(args)), args, None)
    assert HideKafkaSecrets().filter(record)
    assert "hunter2" not in record.getMessage()
