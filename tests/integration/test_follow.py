"""`linewatch follow` with a real broker: verdicts are printed as they come, until there are enough, and no others."""

import json
import os
import signal
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaProducer

from deploy.devtools.broker.install import fetch
from deploy.devtools.broker.local import LocalKafka
from tests.support.broker import Topics
from tests.support.following import Following, verdicts_of, write_verdicts
from tests.support.linewatch_command import linewatch
from tests.support.service import LINEWATCH

pytestmark = pytest.mark.integration


@pytest.fixture
def written(kafka: LocalKafka, topics: Topics) -> None:
    """Four anomalies of `left`, two passes of `right`; two more, aborted; and a record that is no verdict."""
    servers, topic = kafka.bootstrap_servers, topics.verdicts
    write_verdicts(servers, topic, verdicts_of({"part-a": 2, "part-b": 2}, stream="left"))
    write_verdicts(servers, topic, verdicts_of({"part-x": 2}, stream="left"), commit=False)
    with closing(KafkaProducer(bootstrap_servers=servers)) as others:
        others.send(topic, b"no verdict").get(timeout=60)
    write_verdicts(servers, topic, verdicts_of({"part-c": 2}, "pass", stream="right"))


def environment(kafka: LocalKafka, topics: Topics) -> dict[str, str]:
    return {"LINEWATCH_BOOTSTRAP_SERVERS": kafka.bootstrap_servers, "LINEWATCH_VERDICTS_TOPIC": topics.verdicts}


@pytest.mark.usefixtures("written")
def test_what_is_committed_is_printed_to_the_present_end(kafka: LocalKafka, topics: Topics) -> None:
    done = linewatch("follow", "--from", "earliest", "--until", "now", "--json", **environment(kafka, topics))
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert sorted(each["part_id"] for each in found) == ["part-a", "part-a", "part-b", "part-b", "part-c", "part-c"]
    assert {each["place"]["topic"] for each in found} == {topics.verdicts}
    assert len({(each["place"]["partition"], each["place"]["offset"]) for each in found}) == len(found)
    assert done.stderr.count("passed over: a record that is no verdict") == 1


@pytest.mark.usefixtures("written")
def test_streams_and_decisions_are_chosen(kafka: LocalKafka, topics: Topics) -> None:
    flags = ("follow", "--from", "1h", "--until", "now", "--decision", "anomaly,review")
    left = linewatch(*flags, "--stream", "left", "--stream", "right", **environment(kafka, topics))
    right = linewatch(*flags, "--stream", "right", **environment(kafka, topics))
    assert (left.returncode, len(left.stdout.splitlines()), right.returncode, right.stdout) == (0, 4, 0, "")
    assert "anomaly     1.600 x threshold   left   part-a   at 8,16 4 x 4" in left.stdout
    assert "\x1b" not in left.stdout


@pytest.mark.usefixtures("written")
def test_as_many_are_printed_as_are_wanted_or_the_exit_status_tells(kafka: LocalKafka, topics: Topics) -> None:
    flags = ("follow", "--from", "earliest", "--until", "now", "--count")
    enough = linewatch(*flags, "3", **environment(kafka, topics))
    too_few = linewatch(*flags, "7", **environment(kafka, topics))
    assert (enough.returncode, len(enough.stdout.splitlines())) == (0, 3)
    assert (too_few.returncode, len(too_few.stdout.splitlines())) == (1, 6)
    assert too_few.stderr.splitlines()[-1] == "linewatch: expected 7 verdicts until the time given, found 6"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_verdicts_are_printed_as_they_come_until_a_signal(
    kafka: LocalKafka, topics: Topics, tmp_path: Path, number: signal.Signals
) -> None:
    with Following(kafka.bootstrap_servers, topics, tmp_path, "--from", "earliest") as following:
        write_verdicts(kafka.bootstrap_servers, topics.verdicts, verdicts_of({"part-1": 1}))
        following.until_lines(1)
        write_verdicts(kafka.bootstrap_servers, topics.verdicts, verdicts_of({"part-1": 2}))
        assert len(following.until_lines(3)) == 3
        assert following.stop(number) == 0
    assert following.logged() == ""


@pytest.mark.usefixtures("written")
def test_it_ends_when_nobody_reads_on(kafka: LocalKafka, topics: Topics) -> None:
    command = [str(LINEWATCH), "follow", "--from", "earliest"]
    with subprocess.Popen(
        command,
        env={**os.environ, **environment(kafka, topics)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(120) == 1


def test_a_missing_topic_is_named(kafka: LocalKafka) -> None:
    names = {"LINEWATCH_BOOTSTRAP_SERVERS": kafka.bootstrap_servers, "LINEWATCH_VERDICTS_TOPIC": "no.such"}
    done = linewatch("follow", **names)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("linewatch: expected topic no.such on ")


def test_an_outage_is_told_and_nothing_is_missed(tmp_path: Path) -> None:
    topics = Topics("images", "verdicts", "dead-letter", "reviews", 1)
    with LocalKafka(fetch(), tmp_path / "kafka") as broker:
        with closing(KafkaAdminClient(bootstrap_servers=broker.bootstrap_servers)) as admin:
            shape = {"num_partitions": 1, "replication_factor": 1}
            admin.create_topics({topics.verdicts: shape}, wait_for_metadata=True)
        write_verdicts(broker.bootstrap_servers, topics.verdicts, verdicts_of({"part-1": 2}))
        with Following(broker.bootstrap_servers, topics, tmp_path, "--from", "earliest", "--json") as following:
            following.until_lines(2)
            broker.kill()
            following.until_logged("waiting for the brokers")
            broker.start()
            following.until_logged("the brokers answer again")
            write_verdicts(broker.bootstrap_servers, topics.verdicts, verdicts_of({"part-1": 3}))
            places = [json.loads(line)["place"]["offset"] for line in following.until_lines(5)]
            assert following.stop() == 0
    assert places == sorted(set(places))
    assert len(places) == 5
