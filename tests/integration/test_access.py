"""The rights of deploy/kafka/kafka-acls.sh: each program works with its own, and says which one is missing."""

import json
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient

from deploy.devtools.broker.secured import SecuredBroker
from service.record.clients import make_writer
from service.record.errors import StreamError
from service.record.topic_reader import TopicReader
from service.record.topics import create_topics
from service.review.review_writer import ReviewWriter
from service.settings.every import Settings
from tests.support.access import granted, rights
from tests.support.broker import Topics
from tests.support.bundles import part, png, write_bundle
from tests.support.linewatch_command import linewatch
from tests.support.parts_service import PartsService
from tests.support.reviewing import ReviewPage, review
from tests.support.secured import as_environment, login
from tests.support.service import Service, wait_until

pytestmark = pytest.mark.integration

USERS = ("camera", "send", "run", "review", "collect", "follow", "parts", "topics")
GROUP = "line-1"
RUN_RIGHTS = {
    "TOPIC images": "read topic {images}",
    "TOPIC verdicts": "write topic {verdicts}",
    "TOPIC dead-letter": "write topic {dead_letter}",
    "GROUP line-1": "read with group line-1",
    "TRANSACTIONAL_ID line-1-": "write with transactional ids that begin with the group and a hyphen",
}


@pytest.fixture(scope="module")
def topics(secured: SecuredBroker) -> Topics:
    """Topics that the user `topics` created with its rights."""
    line = uuid.uuid4().hex[:12]
    names = Topics(f"{line}.images", f"{line}.verdicts", f"{line}.dead-letter", f"{line}.reviews", 1)
    with granted(secured.administrators, rights(names, GROUP, "topics")):
        created = create_topics(settings_of(secured, names, "topics"), partitions=1, replication_factor=1)
    assert all(created.values())
    with closing(KafkaAdminClient(bootstrap_servers=secured.administrators)) as admin:
        wait_until(lambda: set(names.names) <= set(admin.list_topics()), "the topics")
    return names


def settings_of(broker: SecuredBroker, topics: Topics, user: str) -> Settings:
    return login(
        broker,
        user,
        group=GROUP,
        images_topic=topics.images,
        verdicts_topic=topics.verdicts,
        dead_letter_topic=topics.dead_letter,
        reviews_topic=topics.reviews,
        parts_topic=topics.parts,
    )


@pytest.fixture
def all_rights(secured: SecuredBroker, topics: Topics) -> Iterator[None]:
    with ExitStack() as stack:
        for user in USERS:
            stack.enter_context(granted(secured.administrators, rights(topics, GROUP, user)))
        yield


@pytest.mark.usefixtures("all_rights")
def test_every_program_works_with_its_rights_alone(secured: SecuredBroker, topics: Topics, tmp_path: Path) -> None:
    write_bundle(tmp_path / "store")
    with closing(make_writer(settings_of(secured, topics, "camera"))) as camera:
        camera.send(topics.images, b"no image", key=b"part").get(timeout=20)
    (tmp_path / "part.png").write_bytes(png(part(51)))
    sender = as_environment(settings_of(secured, topics, "send"))
    ended = linewatch("send", str(tmp_path / "part.png"), "--stream", "default", "--json", **sender)
    assert (ended.returncode, json.loads(ended.stdout)["sent"]) == (0, 1)
    place = (secured.login, tmp_path / "store", topics, tmp_path / "service.log")
    reader = settings_of(secured, topics, "collect")
    administrator = Settings(bootstrap_servers=secured.administrators)
    with Service(*place, **named(settings_of(secured, topics, "run"))) as service:
        with TopicReader(reader, topics.verdicts) as verdicts:
            wait_until(lambda: bool(list(verdicts.poll())), "a verdict")
        with TopicReader(administrator, topics.dead_letter) as dead_letters:
            wait_until(lambda: bool(list(dead_letters.poll())), "a dead letter")
        assert service.stop() == 0
    follower = as_environment(settings_of(secured, topics, "follow"))
    ended = linewatch("follow", "--from", "earliest", "--count", "1", "--json", **follower)
    assert (ended.returncode, json.loads(ended.stdout)["part_id"]) == (0, "part")
    of_parts = named(settings_of(secured, topics, "parts"))
    place_of_parts = (secured.login, topics, tmp_path / "parts.log")
    with PartsService(*place_of_parts, views=("default", "other"), timeout="100ms", **of_parts) as parts:
        with TopicReader(administrator, topics.parts) as part_verdicts:
            wait_until(lambda: bool(list(part_verdicts.poll())), "a part verdict")
        assert parts.stop() == 0
    with closing(make_writer(settings_of(secured, topics, "camera"))) as camera:
        skipped = camera.send(topics.images, b"a third").get(timeout=20).offset
    record = f"{topics.images}/0/{skipped}"
    ended = linewatch("skip", record, "--why", "a test", **as_environment(settings_of(secured, topics, "run")))
    assert (ended.returncode, ended.stderr) == (0, "")
    with ReviewPage(*place, **named(settings_of(secured, topics, "review"))) as page:
        page.until_ready()
        assert page.stop() == 0
    ended = linewatch("escapes", "--json", **as_environment(reader))
    assert (ended.returncode, [each["stream"] for each in json.loads(ended.stdout)]) == (0, ["default"])


def named(settings: Settings) -> dict[str, Any]:
    """What `Service` takes by name."""
    return {name.removeprefix("LINEWATCH_").lower(): value for name, value in as_environment(settings).items()}


@pytest.mark.parametrize("right", RUN_RIGHTS)
def test_the_service_ends_with_the_right_that_it_misses(
    secured: SecuredBroker, topics: Topics, right: str, tmp_path: Path
) -> None:
    write_bundle(tmp_path / "store")
    kind, _, name = right.partition(" ")
    rules = [
        rule
        for rule in rights(topics, GROUP, "run")
        if (rule.resource_pattern.resource_type.name, rule.resource_pattern.resource_name.rpartition(".")[2])
        != (kind, name)
    ]
    assert len(rules) == len(RUN_RIGHTS) - 1
    settings = settings_of(secured, topics, "run")
    environment = {**as_environment(settings), "LINEWATCH_STORE": str(tmp_path / "store"), "LINEWATCH_HTTP_PORT": "0"}
    with granted(secured.administrators, rules):
        ended = linewatch("run", **environment)
    expected = RUN_RIGHTS[right].format(**vars(topics))
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == (
        f"linewatch: expected the right to {expected}, found none; allow it to this user (docs/kafka-security.md)"
    )


@pytest.mark.usefixtures("all_rights")
def test_part_verdicts_that_may_not_be_written_end_with_the_right(secured: SecuredBroker, topics: Topics) -> None:
    """`run` may read no verdicts and write no part verdicts."""
    flags = ("--views", "top,left", "--group", GROUP, "--http-port", "0")
    ended = linewatch("parts", *flags, **as_environment(settings_of(secured, topics, "run")))
    assert ended.returncode == 1
    assert f"expected the right to write topic {topics.parts}" in ended.stderr.splitlines()[-1]


@pytest.mark.parametrize("user", ["review", "collect"])
def test_a_reader_names_the_topic_that_it_may_not_read(secured: SecuredBroker, topics: Topics, user: str) -> None:
    settings = settings_of(secured, topics, user)
    for topic in (topics.images, topics.verdicts, topics.reviews):
        rules = [rule for rule in rights(topics, GROUP, user) if rule.resource_pattern.resource_name != topic]
        with (
            granted(secured.administrators, rules),
            pytest.raises(StreamError, match=f"^expected the right to read topic {topic}, found none; allow it"),
        ):
            TopicReader(settings, topic)


def test_a_review_that_may_not_be_written_names_the_topic(secured: SecuredBroker, topics: Topics) -> None:
    rules = [rule for rule in rights(topics, GROUP, "review") if rule.operation.name == "READ"]
    settings = settings_of(secured, topics, "review")
    writer = ReviewWriter(lambda: make_writer(settings), topics.reviews)
    with (
        closing(writer),
        granted(secured.administrators, rules),
        pytest.raises(StreamError, match=f"^expected the right to write topic {topics.reviews}, found none; allow it"),
    ):
        writer.write(review(0))


def test_a_topic_that_may_not_be_created_is_named(secured: SecuredBroker) -> None:
    line = uuid.uuid4().hex[:12]
    names = Topics(f"{line}.images", f"{line}.verdicts", f"{line}.dead-letter", f"{line}.reviews", 1)
    settings = settings_of(secured, names, "topics")
    rules = [rule for rule in rights(names, GROUP, "topics") if rule.resource_pattern.resource_name != names.reviews]
    with (
        granted(secured.administrators, rules),
        pytest.raises(StreamError, match=f"^expected the right to create topic {names.reviews}, found none; allow it"),
    ):
        create_topics(settings, partitions=1, replication_factor=1)
