"""`linewatch follow` says in one sentence what is wrong, and hands on what is right."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TextIO

import pytest

from service.cli.main import main
from service.follow.choice import Choice
from service.follow.printing import Request
from service.follow.webhook import sending
from service.follow.webhook.sending import Webhook, group_of
from service.settings.follow import FollowSettings
from tests.support.linewatch_command import failure

SECRET = f"whsec_{base64.b64encode(b'x' * 32).decode()}"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--decision", "bad"], "decision.0: Input should be 'pass', 'review' or 'anomaly', found 'bad'"),
        (["--stream", "left,../x"], "stream.1: String should match pattern"),
        (["--from", "yesterday"], "from: expected latest, earliest, a time with its offset"),
        (["--until", "soon"], "until: expected now, a time with its offset"),
        (["--count", "0"], "count: Input should be greater than or equal to 1"),
        (["--group", "x"], "expected --group only with --webhook"),
        (["--webhook", "https://a.example/", "--count", "1", "--json"], "expected --count, --json not with --webhook"),
        (["--webhook", "http://a.example/"], "webhook: expected https"),
        (["--webhook", "https://u:pw@a.example/"], "webhook: expected no user or password"),
        (["--webhook", "https://a.example/"], "webhook_secret: expected whsec_ and the base64"),
    ],
)
def test_a_wrong_flag_is_one_sentence(arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, printed = failure(["follow", *arguments], capsys)
    assert (status, printed.count("\n")) == (2, 1)
    assert expected in printed


def test_a_secret_that_is_none_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LINEWATCH_WEBHOOK_SECRET", "hunter2")
    status, printed = failure(["follow", "--webhook", "https://a.example/"], capsys)
    assert (status, "hunter2" in printed) == (2, False)


def test_what_is_printed_is_what_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, Request]] = []

    def note(settings: FollowSettings, request: Request, _: TextIO) -> None:
        asked.append((settings.bootstrap_servers, request))

    monkeypatch.setattr("service.cli.follow.print_verdicts", note)
    main(["follow", "--stream", "b", "--stream", "a,c", "--decision", "anomaly,review", "--bootstrap-servers", "k:1"])
    main(["follow", "--from", "earliest", "--until", "2026-01-31T08:30:00Z", "--count", "3", "--json"])
    until = datetime(2026, 1, 31, 8, 30, tzinfo=UTC)
    assert asked == [
        ("k:1", Request(Choice(frozenset("abc"), frozenset({"anomaly", "review"})))),
        ("localhost:9092", Request(Choice(), "earliest", until, 3, as_json=True)),
    ]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Webhook]:
    """What would be sent where, for some flags."""
    found: list[Webhook] = []
    monkeypatch.setenv("LINEWATCH_WEBHOOK_SECRET", SECRET)
    monkeypatch.setattr(sending, "send_verdicts", lambda _, webhook: found.append(webhook))

    def run(*flags: str) -> Webhook:
        main(["follow", "--webhook", "https://a.example/in", *flags])
        return found[-1]

    return run


def test_what_is_sent_is_what_was_asked_for(sent: Callable[..., Any]) -> None:
    webhook = sent("--http-port", "0", "--timeout-seconds", "3", "--in-flight", "2", "--from", "earliest")
    assert (webhook.address.host, webhook.address.target, webhook.secrets) == ("a.example", "/in", (b"x" * 32,))
    assert (webhook.port, webhook.timeout_seconds, webhook.most_in_flight, webhook.start) == (0, 3.0, 2, "earliest")
    assert sent().port is None


def test_whoever_is_sent_something_else_is_in_another_group(sent: Callable[..., Any]) -> None:
    plain, chosen = sent(), sent("--decision", "anomaly")
    assert plain.group == group_of("https://a.example/in", Choice()) != chosen.group
    assert sent("--decision", "anomaly").group == chosen.group
    assert sent("--group", "mine").group == "mine"
