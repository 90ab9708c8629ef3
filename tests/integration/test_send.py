"""`linewatch send` with a real broker: each file is on the topic once, whoever is killed and however it is written."""

import hashlib
import os
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from kafka import KafkaAdminClient

from deploy.devtools.broker.install import fetch
from deploy.devtools.broker.local import LocalKafka
from service.send.delivery import PREFIX, Delivery, Outgoing
from service.send.journal import Begun, Journal, JournalError
from service.send.sent_on_topic import SENT_ID, sent_id
from service.settings.record import RecordSettings
from tests.support.encoded import encoded
from tests.support.found_files import found
from tests.support.line import Line
from tests.support.sending import STREAM, Sending, count, image, read_topic, send_environment, send_here, send_once
from tests.support.service import wait_until

pytestmark = pytest.mark.integration

IMAGES = 400


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "camera"
    folder.mkdir()
    return folder


@pytest.fixture
def environment(line: Line) -> dict[str, str]:
    return send_environment(line.kafka, line.topics.images)


def put(path: Path, data: bytes) -> None:
    """Write a file under another name, and rename it into place."""
    hidden = path.with_name(f".{path.name}.part")
    hidden.write_bytes(data)
    hidden.rename(path)


def test_every_file_is_on_the_topic_once_though_broker_and_sender_are_killed(folder: Path, tmp_path: Path) -> None:
    """Prints `sent N, on the topic N, doubled 0, lost 0`; pytest shows it with -s."""
    images = [image(number) for number in range(IMAGES)]
    for number, data in enumerate(images[: IMAGES // 2]):
        put(folder / f"part_{number}.png", data)
    with LocalKafka(fetch(), tmp_path / "kafka") as broker:
        topic = "send.images"
        with closing(KafkaAdminClient(bootstrap_servers=broker.bootstrap_servers)) as admin:
            admin.create_topics({topic: {"num_partitions": 2, "replication_factor": 1}}, wait_for_metadata=True)
        environment = send_environment(broker.bootstrap_servers, topic)
        with Sending(environment, tmp_path / "log", folder, "--delete", "--rate", "100") as sending:
            sending.until("linewatch_sent_total", 20)
            broker.kill()
            for number, data in enumerate(images[IMAGES // 2 :], IMAGES // 2):
                put(folder / f"part_{number}.png", data)
            broker.start()
            sending.until("linewatch_sent_total", 60)
            sending.kill()
            sending.start()
            wait_until(lambda: not list(folder.glob("*.png")), "all files to be sent and deleted")
            assert sending.stop() == 0
        counted = count(images, read_topic(broker.bootstrap_servers, topic))
    print(counted)  # noqa: T201 - for those who look with -s
    assert str(counted) == f"sent {IMAGES}, on the topic {IMAGES}, doubled 0, lost 0"


def test_a_file_that_is_written_slowly_is_sent_when_it_is_whole(
    folder: Path, environment: dict[str, str], line: Line, tmp_path: Path
) -> None:
    slow, data = folder / "slow.png", image(1)
    with Sending(environment, tmp_path / "log", folder) as sending, slow.open("wb") as writer:
        for end in range(len(data) // 4, len(data), len(data) // 4):
            writer.write(data[writer.tell() : end])
            writer.flush()
            sent = sending.sample("linewatch_sent_total") or 0
            put(folder / f"{end}.png", image(100 + end))  # sent while the slow one stands still
            sending.until("linewatch_sent_total", sent + 1)
            assert sending.sample("linewatch_send_backlog") == 1
        others = sent + 1
        writer.write(data[writer.tell() :])
        writer.flush()
        sending.until("linewatch_sent_total", others + 1)
        assert sending.stop() == 0
    records = read_topic(line.kafka, line.topics.images)
    assert [record.value for record in records if record.key == "slow"] == [data]
    assert len(records) == others + 1
    assert slow.exists()


def test_a_name_that_is_used_again_is_a_new_picture_and_a_touched_file_is_none(
    folder: Path, environment: dict[str, str], line: Line, tmp_path: Path
) -> None:
    ring = [folder / f"slot_{number}.png" for number in range(3)]
    images = [image(number) for number in range(9)]
    with Sending(environment, tmp_path / "log", folder) as sending:
        for number, data in enumerate(images):
            path = ring[number % len(ring)]
            path.write_bytes(data)  # in place, as most cameras do
            sending.until("linewatch_sent_total", number + 1)
            os.utime(ring[0])
        assert sending.stop() == 0
    again = send_here(line.kafka, line.topics.images, folder)
    assert (again.sent, again.already_sent, again.is_good) == (0, 3, True)
    records = read_topic(line.kafka, line.topics.images)
    assert str(count(images, records)) == "sent 9, on the topic 9, doubled 0, lost 0"
    assert {record.key for record in records} == {"slot_0", "slot_1", "slot_2"}


def begin(folder: Path, names: list[str], journal: Journal) -> tuple[int, list[bytes]]:
    """Enter files into a journal as a process does before it sends them; gives the first number and the images."""
    files = [found(folder / name) for name in names]
    images = [each.path.read_bytes() for each in files]
    digests = (hashlib.sha256(data).digest() for data in images)
    return journal.begin([Begun(file, digest) for file, digest in zip(files, digests, strict=True)]), images


@pytest.mark.parametrize("has_offsets", [True, False], ids=["by offset", "offsets lost"])
def test_a_kill_between_the_acknowledgement_and_the_journal_doubles_nothing(
    folder: Path, line: Line, has_offsets: bool
) -> None:
    """`b` was sent and acknowledged before the kill, `c` was not; the journal has both as begun."""
    for name in "abcd":
        put(folder / f"{name}.png", image(ord(name)))
    settings = RecordSettings(bootstrap_servers=line.kafka, images_topic=line.topics.images)
    assert send_here(line.kafka, line.topics.images, folder / "a.png").sent == 1
    with closing(Journal(folder.parent / f".camera.{STREAM}.sent", line.topics.images, STREAM)) as journal:
        group = f"{PREFIX}{journal.id}"
        with closing(Delivery(settings, journal.id)) as delivery:
            delivery.settle()
            number, (data,) = begin(folder, ["b.png"], journal)
            delivery.send([Outgoing(b"b", data, [(SENT_ID, sent_id(journal.id, number))])], number + 1)
        begin(folder, ["c.png"], journal)
        assert len(journal.begun()) == 2
    if not has_offsets:
        with closing(KafkaAdminClient(bootstrap_servers=line.kafka)) as admin:
            admin.delete_groups([group])
    last = send_here(line.kafka, line.topics.images, folder)
    assert (last.sent, last.already_sent, last.is_good) == (2, 1, True)
    records = read_topic(line.kafka, line.topics.images)
    assert sorted(record.key for record in records) == ["a", "b", "c", "d"]


def test_what_is_there_is_sent_with_headers_that_the_service_reads_and_the_rest_put_aside(
    folder: Path, environment: dict[str, str], line: Line, tmp_path: Path
) -> None:
    (folder / "2026-01-31").mkdir()
    put(folder / "2026-01-31" / "083000_p7_top.png", image(1))
    put(folder / "half.png", image(2)[:-40])
    (folder / "note.txt").write_text("no image")
    pattern, done = r"_(p\d+)_", tmp_path / "done"
    options = ("--captured-at", "%Y-%m-%d/%H%M%S", "--timezone", "+01:00", "--move-to", done, "--settle", "0")
    ended = send_once(environment, folder, "--key", pattern, *options)
    assert ended.returncode == 1
    assert ended.stdout == "sent 1 images, 1 not sent: undecodable, 1 passed over: not an image\n"
    (record,) = read_topic(line.kafka, line.topics.images)
    assert (record.key, record.value) == ("p7", image(1))
    del record.headers[SENT_ID]
    assert record.headers == {
        "stream": STREAM,
        "captured_at": "2026-01-31T07:30:00+00:00",
        "file": "2026-01-31/083000_p7_top.png",
    }
    assert (done / "2026-01-31" / "083000_p7_top.png").exists()
    assert (folder / ".rejected" / "half.png").exists()
    assert sorted(path.name for path in folder.rglob("*.*") if path.is_file()) == ["half.png", "note.txt"]


def test_a_key_that_backtracks_ends_with_one_sentence_and_nothing_is_lost_or_doubled(
    folder: Path, environment: dict[str, str], line: Line
) -> None:
    endless = f"{'a' * 40}.png"
    put(folder / "bb.png", image(1))
    put(folder / endless, image(2))
    ended = send_once(environment, folder, "--key", "^((a|aa)+)$", "--settle", "0")
    assert (ended.returncode, ended.stdout) == (2, "")
    (said,) = ended.stderr.splitlines()
    assert said.startswith("linewatch: expected --key to be a regular expression that reads a name at once")
    assert repr(endless) in said
    ended = send_once(environment, folder, "--key", "^(a+|b+)", "--settle", "0")
    assert ended.returncode == 0
    assert sorted(record.key for record in read_topic(line.kafka, line.topics.images)) == ["a" * 40, "bb"]


def test_an_old_copy_of_a_journal_and_one_of_another_cluster_are_refused(folder: Path, line: Line) -> None:
    put(folder / "a.png", image(1))
    assert send_here(line.kafka, line.topics.images, folder).sent == 1
    journal = folder.parent / f".camera.{STREAM}.sent"
    copy = journal.read_bytes()
    put(folder / "b.png", image(2))
    assert send_here(line.kafka, line.topics.images, folder).sent == 1
    journal.write_bytes(copy)
    with pytest.raises(JournalError, match="such as an old copy"):
        send_here(line.kafka, line.topics.images, folder)


def test_an_image_that_the_brokers_refuse_is_put_aside_and_the_others_go_on(folder: Path, line: Line) -> None:
    line.set_largest_message(line.topics.images, 20_000)
    noise = np.random.default_rng(1).integers(0, 255, (200, 200), np.uint8)
    for number in range(5):
        put(folder / f"{number}.png", encoded(".png", noise) if number == 2 else image(number))
    summary = send_here(line.kafka, line.topics.images, folder)
    assert (summary.sent, summary.rejected, summary.left) == (4, {"too_large": 1}, 0)
    assert sorted(record.key for record in read_topic(line.kafka, line.topics.images)) == ["0", "1", "3", "4"]
    assert (folder / ".rejected" / "2.png").exists()
