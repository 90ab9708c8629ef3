"""One verdict as an HTTP request."""

from service.follow.webhook.delivery import delivery_of
from tests.support.records import FakeRecord
from tests.support.reviewing import verdict


def test_it_is_the_topics_bytes_with_the_headers_of_cloud_events_and_standard_webhooks() -> None:
    found = verdict(5, part_id='100 % "ä"\n')
    record = FakeRecord(topic="inspection.verdicts", partition=3, offset=41, value=found.value())
    delivery = delivery_of(record, found)
    headers = delivery.headers([b"x" * 32], 1_700_000_000)
    assert delivery.body == found.value()
    assert delivery.offset == 41
    assert headers["webhook-id"] == "inspection.verdicts/3/41"
    assert headers["webhook-timestamp"] == "1700000000"
    assert headers["webhook-signature"].startswith("v1,")
    assert headers["ce-subject"] == "100%20%25%20%22%C3%A4%22%0A"
    assert (headers["ce-id"], headers["ce-type"]) == ("images/0/5", "io.linewatch.verdict.v1")
    assert (headers["ce-specversion"], headers["content-type"]) == ("1.0", "application/json")
    assert all(value.isascii() and value.isprintable() for value in headers.values())


def test_a_retry_is_signed_anew_and_has_the_same_id() -> None:
    delivery = delivery_of(FakeRecord(value=b"{}"), verdict(1))
    first, second = (delivery.headers([b"x" * 32], timestamp) for timestamp in (1, 2))
    assert first["webhook-id"] == second["webhook-id"]
    assert first["webhook-signature"] != second["webhook-signature"]
