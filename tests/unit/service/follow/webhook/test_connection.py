"""One connection to a receiver, with a real server behind it."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest
import trustme

from service.follow.webhook.address import read_address
from service.follow.webhook.connection import MOST_READ_BYTES, Connection
from tests.support.receiver import RESET, SILENCE, Receiver, Reply

HEADERS = {"webhook-id": "topic/0/1"}
PATIENCE = 60.0


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as found:
        yield found


def connection(receiver: Receiver, seconds: float = PATIENCE, tls: ssl.SSLContext | None = None) -> Connection:
    return Connection(read_address(receiver.url, plain_http=False), seconds, tls or ssl.create_default_context())


def test_it_is_kept_open_from_one_post_to_the_next(receiver: Receiver) -> None:
    with closing(connection(receiver)) as wire:
        assert [wire.post(HEADERS, b"a").status, wire.post(HEADERS, b"b").status] == [204, 204]
        assert wire._open is not None
    assert [each.body for each in receiver.posted] == [b"a", b"b"]
    assert {each.path for each in receiver.posted} == {"/verdicts?line=7"}


def test_one_that_the_receiver_closed_meanwhile_is_opened_again(receiver: Receiver) -> None:
    receiver.behave = lambda _: Reply(204, (("Connection", "close"),))
    with closing(connection(receiver)) as wire:
        assert [wire.post(HEADERS, b"a").status, wire.post(HEADERS, b"b").status] == [204, 204]


def test_a_reset_is_an_answer_too(receiver: Receiver) -> None:
    receiver.behave = lambda _: RESET
    with closing(connection(receiver)) as wire:
        answer = wire.post(HEADERS, b"a")
    assert answer.status is None
    assert answer.why


def test_silence_ends_by_the_timeout(receiver: Receiver) -> None:
    receiver.behave = lambda _: SILENCE
    with closing(connection(receiver, 0.3)) as wire:
        assert wire.post(HEADERS, b"a").why == "no answer within 0.3 seconds"
        receiver.behave = lambda _: Reply()
        assert wire.post(HEADERS, b"b").status == 204


def test_a_try_can_be_given_up_from_another_thread(receiver: Receiver) -> None:
    begun = threading.Event()

    def behave(_: object) -> Reply:
        begun.set()
        return SILENCE

    receiver.behave = behave
    with closing(connection(receiver)) as wire:
        found = []
        thread = threading.Thread(target=lambda: found.append(wire.post(HEADERS, b"a")))
        thread.start()
        assert begun.wait(PATIENCE)
        wire.give_up()
        thread.join(PATIENCE)
    assert [answer.status for answer in found] == [None]


def test_nobody_there() -> None:
    with closing(connection(Receiver())) as wire:
        assert "refused" in wire.post(HEADERS, b"a").why


def test_a_redirect_is_told_and_not_followed(receiver: Receiver) -> None:
    receiver.behave = lambda _: Reply(308, (("Location", receiver.url),))
    with closing(connection(receiver)) as wire:
        answer = wire.post(HEADERS, b"a")
    assert (answer.status, len(receiver.posted)) == (308, 1)
    assert "which is not followed" in answer.why


def test_what_a_receiver_says_is_one_short_line(receiver: Receiver) -> None:
    receiver.behave = lambda _: Reply(422, body=b"unknown\r\n\x1b[2Jpart " + b"x" * 2 * MOST_READ_BYTES)
    with closing(connection(receiver)) as wire:
        answer = wire.post(HEADERS, b"a")
        assert wire.post(HEADERS, b"b").status == 422
    assert answer.why.startswith(r"status 422 Unprocessable")
    assert r"unknown \x1b[2Jpart xxx" in answer.why
    assert len(answer.why) < 300


def test_certificates_are_verified() -> None:
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(tls)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with Receiver(tls=tls) as receiver:
        with closing(connection(receiver, tls=trusting)) as wire:
            assert wire.post(HEADERS, b"a").status == 204
        with closing(connection(receiver)) as wire:
            assert "its certificate is not accepted" in wire.post(HEADERS, b"a").why
    assert len(receiver.posted) == 1
