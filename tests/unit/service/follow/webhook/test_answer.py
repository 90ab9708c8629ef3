"""What an answer means."""

from datetime import UTC, datetime

import pytest

from service.follow.webhook.answer import Answer, Meaning, read_wish

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("statuses", "meaning"),
    [
        ((200, 201, 202, 204, 299), Meaning.DELIVERED),
        ((400, 409, 413, 422), Meaning.REFUSED),
        ((None, 100, 301, 302, 307, 401, 403, 404, 405, 408, 410, 415, 429, 500, 502, 503, 999), Meaning.AGAIN),
    ],
)
def test_only_what_refuses_the_verdict_itself_is_final(statuses: tuple[int | None, ...], meaning: Meaning) -> None:
    assert {Answer(status, "").meaning for status in statuses} == {meaning}


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0.0),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("99999999", 3600.0),
        ("9" * 400, 3600.0),
        ("Sat, 31 Jan 2026 12:00:30 GMT", 30.0),
        ("Sat, 31 Jan 2026 11:00:00 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 3600.0),
        ("soon", 0.0),
        ("-5", 0.0),
        ("1.5", 0.0),
        ("", 0.0),
    ],
)
def test_a_receiver_may_ask_to_be_left_alone_for_an_hour(header: str | None, seconds: float) -> None:
    assert read_wish(header, NOW) == seconds
