"""`linewatch follow --webhook` with a real broker and a real HTTP server that fails in every way."""

import base64
import hashlib
import hmac
import json
import signal
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.devtools.broker.local import LocalKafka
from deploy.devtools.ports import free_port
from service.record.messages import VerdictMessage
from tests.support.broker import Topics
from tests.support.following import Following, verdicts_of, write_verdicts
from tests.support.receiver import RESET, SILENCE, Posted, Receiver, Reply
from tests.support.service import wait_until

pytestmark = pytest.mark.integration

KEY = bytes(range(32))
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
PARTS = {f"part-{letter}": 3 for letter in "abcdefgh"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as found:
        yield found


class Sender(Following):
    """`linewatch follow --webhook` from the beginning of the topic on."""

    def __init__(self, kafka: LocalKafka, topics: Topics, folder: Path, receiver: Receiver, *flags: str) -> None:
        given = ("--webhook", receiver.url, "--from", "earliest", *flags)
        super().__init__(kafka.bootstrap_servers, topics, folder, *given, webhook_secret=SECRET)


def until_taken(receiver: Receiver, number: int, sender: Sender) -> list[Posted]:
    """What the receiver took, once it took so many different verdicts."""
    wait_until(
        lambda: len({each.webhook_id for each in receiver.taken}) >= number,
        f"{number} verdicts taken",
        lambda: (len(receiver.taken), sender.logged()),
    )
    return list(receiver.taken)


def orders(taken: list[Posted]) -> dict[str, list[int]]:
    """Part -> the numbers of its verdicts in the order in which each was first taken."""
    found: dict[str, list[int]] = defaultdict(list)
    for each in taken:
        verdict = VerdictMessage.model_validate_json(each.body)
        if verdict.source.offset not in found[verdict.part_id]:
            found[verdict.part_id].append(verdict.source.offset)
    return found


def is_in_order(taken: list[Posted]) -> bool:
    return all(numbers == sorted(numbers) for numbers in orders(taken).values())


def test_each_verdict_is_sent_signed_as_a_cloud_event(
    kafka: LocalKafka, topics: Topics, tmp_path: Path, receiver: Receiver
) -> None:
    verdicts = verdicts_of({"Welle 7 ä": 1})
    write_verdicts(kafka.bootstrap_servers, topics.verdicts, verdicts)
    with Sender(kafka, topics, tmp_path, receiver) as sender:
        (posted,) = until_taken(receiver, 1, sender)
        assert sender.stop() == 0
    headers = posted.headers
    assert (posted.path, posted.body) == ("/verdicts?line=7", verdicts[0].value())
    assert (headers["content-type"], headers["ce-specversion"]) == ("application/json", "1.0")
    assert (headers["ce-id"], headers["ce-subject"]) == (str(verdicts[0].source), "Welle%207%20%C3%A4")
    assert headers["webhook-id"].startswith(f"{topics.verdicts}/")
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + posted.body
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(hmac.digest(KEY, signed, hashlib.sha256)).decode()}"
    assert SECRET not in sender.logged()


FAILURES = {
    "an error": Reply(500),
    "a reset": RESET,
    "silence": SILENCE,
    "too many requests": Reply(429, (("Retry-After", "1"),)),
    "a redirect": Reply(307, (("Location", "http://localhost:9/elsewhere"),)),
    "a wrong secret": Reply(401),
    "a refusal of everything": Reply(400, body=b"unknown signature"),
}


def test_whatever_fails_is_tried_again_and_the_order_is_kept(
    kafka: LocalKafka, topics: Topics, tmp_path: Path, receiver: Receiver
) -> None:
    """Every part's second verdict meets a failure of its own, three times."""
    failures = dict(zip(PARTS, [*FAILURES.values(), Reply(503)], strict=True))
    failed: dict[str, int] = defaultdict(int)

    def behave(posted: Posted) -> Reply:
        verdict = VerdictMessage.model_validate_json(posted.body)
        is_second = len(PARTS) <= verdict.source.offset < 2 * len(PARTS)
        times = 1 if failures[verdict.part_id] in (SILENCE, FAILURES["a refusal of everything"]) else 3
        if is_second and failed[verdict.part_id] < times:
            failed[verdict.part_id] += 1
            return failures[verdict.part_id]
        return Reply()

    receiver.behave = behave
    write_verdicts(kafka.bootstrap_servers, topics.verdicts, verdicts_of(PARTS))
    refused = "part-g"  # after others were taken, a 400 is about the verdict
    with Sender(kafka, topics, tmp_path, receiver, "--timeout-seconds", "2") as sender:
        taken = until_taken(receiver, 3 * len(PARTS) - 1, sender)
        sender.until_logged("the receiver refuses a verdict, which is passed over")
        assert sender.stop() == 0
    assert {part: len(numbers) for part, numbers in orders(taken).items()} == {**PARTS, refused: 2}
    assert is_in_order(taken)
    assert "which is not followed" in sender.logged()
    assert {part: failed[part] for part in PARTS} == dict.fromkeys(PARTS, 3) | {"part-c": 1, refused: 1}


def test_a_receiver_that_refuses_everything_is_waited_for(
    kafka: LocalKafka, topics: Topics, tmp_path: Path, receiver: Receiver
) -> None:
    receiver.behave = lambda _: Reply(400)
    write_verdicts(kafka.bootstrap_servers, topics.verdicts, verdicts_of(PARTS))
    with Sender(kafka, topics, tmp_path, receiver) as sender:
        wait_until(lambda: len(receiver.posted) >= 12, "tries", sender.logged)
        receiver.behave = lambda _: Reply()
        taken = until_taken(receiver, 3 * len(PARTS), sender)
        assert sender.stop() == 0
    assert is_in_order(taken)


def test_nobody_there_yet(kafka: LocalKafka, topics: Topics, tmp_path: Path) -> None:
    write_verdicts(kafka.bootstrap_servers, topics.verdicts, verdicts_of({"part-a": 2}))
    absent = Receiver()
    with Sender(kafka, topics, tmp_path, absent) as sender:
        sender.until_logged("onnection refused")
        with absent as receiver:
            assert is_in_order(until_taken(receiver, 2, sender))
            assert sender.stop() == 0


def test_killed_in_the_middle_every_verdict_arrives_and_in_order(
    kafka: LocalKafka, topics: Topics, tmp_path: Path, receiver: Receiver
) -> None:
    parts = dict.fromkeys(PARTS, 100)
    write_verdicts(kafka.bootstrap_servers, topics.verdicts, verdicts_of(parts))
    total = sum(parts.values())
    sender = Sender(kafka, topics, tmp_path, receiver)
    with sender:
        until_taken(receiver, total // 4, sender)
        assert sender.stop(signal.SIGKILL) == -signal.SIGKILL
    with sender:
        taken = until_taken(receiver, total, sender)
        assert sender.stop() == 0
    assert {part: len(numbers) for part, numbers in orders(taken).items()} == parts
    assert is_in_order(taken)
    already = len(receiver.taken)
    with Sender(kafka, topics, tmp_path, receiver) as sender:
        write_verdicts(kafka.bootstrap_servers, topics.verdicts, verdicts_of({"part-z": 1}))
        until_taken(receiver, total + 1, sender)
        assert sender.stop() == 0
    assert len(receiver.taken) == already + 1  # a stop commits all that was taken


def test_a_partition_that_waits_stops_no_other_and_is_told(
    kafka: LocalKafka, topics: Topics, tmp_path: Path, receiver: Receiver
) -> None:
    """More verdicts than a lane takes in stand behind the one that is not taken."""
    stuck: set[str] = set()

    def behave(posted: Posted) -> Reply:
        part = VerdictMessage.model_validate_json(posted.body).part_id
        return Reply(503) if part == "part-a" and stuck else Reply()

    stuck.add("part-a")
    receiver.behave = behave
    parts = {"part-a": 1} | {f"part-{number}": 10 for number in range(60)}
    write_verdicts(kafka.bootstrap_servers, topics.verdicts, verdicts_of(parts))
    port = free_port()
    with Sender(kafka, topics, tmp_path, receiver, "--http-port", str(port)) as sender:

        def metrics() -> str:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
                text: str = answer.read().decode()
            return text

        until_taken(receiver, 300, sender)
        wait_until(lambda: 'linewatch_webhook_retries_total{status="503"}' in metrics(), "the retries counted")
        assert "linewatch_webhook_oldest_seconds 0.0" not in metrics()
        stuck.clear()
        taken = until_taken(receiver, 601, sender)
        wait_until(lambda: 'verdicts_total{outcome="delivered"} 601.0' in metrics(), "all counted", metrics)
        assert sender.stop() == 0
    assert is_in_order(taken)


def test_two_share_the_partitions_and_one_takes_over(
    kafka: LocalKafka, topics: Topics, tmp_path: Path, receiver: Receiver
) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    parts = dict.fromkeys(PARTS, 20)
    first, second = (Sender(kafka, topics, folder, receiver) for folder in folders)
    with first, second:
        for sender in (first, second):
            sender.until_logged("partitions assigned")
        write_verdicts(kafka.bootstrap_servers, topics.verdicts, verdicts_of(parts))
        until_taken(receiver, 20, first)
        assert first.stop() == 0
        taken = until_taken(receiver, sum(parts.values()), second)
        assert second.stop() == 0
    assert is_in_order(taken)


def test_only_what_is_chosen_is_sent(kafka: LocalKafka, topics: Topics, tmp_path: Path, receiver: Receiver) -> None:
    servers, topic = kafka.bootstrap_servers, topics.verdicts
    write_verdicts(servers, topic, verdicts_of({"part-a": 2}, "pass"))
    write_verdicts(servers, topic, verdicts_of({"part-a": 1}, "anomaly", stream="left"))
    write_verdicts(servers, topic, verdicts_of({"part-a": 1}, "anomaly", stream="right"))
    with Sender(kafka, topics, tmp_path, receiver, "--decision", "anomaly", "--stream", "right") as sender:
        (posted,) = until_taken(receiver, 1, sender)
        assert sender.stop() == 0
    assert json.loads(posted.body)["stream"] == "right"
