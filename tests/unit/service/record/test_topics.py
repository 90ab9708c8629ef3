"""Checking and creating topics, without brokers."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from kafka.errors import KafkaConnectionError

from service.record import topics
from service.record.errors import StreamError
from service.record.topics import check_topics, create_topics
from service.settings.every import Settings

SETTINGS = Settings()
EXISTS, INVALID_REPLICATION_FACTOR, UNKNOWN_TOPIC, NOT_AUTHORIZED = 36, 38, 3, 29


@dataclass
class FakeAdmin:
    """Answers with an error code for each topic, 0 for one that it has created."""

    codes: dict[str, int] = field(default_factory=dict)
    created: dict[str, dict[str, Any]] = field(default_factory=dict)
    closed: bool = False

    def create_topics(self, wanted: dict[str, dict[str, Any]], *, raise_errors: bool) -> dict[str, Any]:
        assert not raise_errors
        ((topic, how),) = wanted.items()
        self.created[topic] = how
        return {"topics": [{"error_code": self.codes.get(topic, 0), "error_message": "no such number of replicas"}]}

    def close(self) -> None:
        self.closed = True

    def describe_topics(self, wanted: list[str]) -> list[dict[str, Any]]:
        return [{"name": topic, "error_code": self.codes.get(topic, UNKNOWN_TOPIC)} for topic in wanted]

    def topics(self) -> set[str]:
        return {SETTINGS.images_topic, SETTINGS.verdicts_topic, "others"}


@pytest.fixture
def admin(monkeypatch: pytest.MonkeyPatch) -> FakeAdmin:
    admin = FakeAdmin()
    monkeypatch.setattr(topics, "make_admin", lambda _settings: admin)
    return admin


def test_topics_that_exist_are_left_as_they_are(admin: FakeAdmin) -> None:
    admin.codes[SETTINGS.images_topic] = EXISTS
    assert create_topics(SETTINGS, partitions=4, replication_factor=3) == {
        SETTINGS.images_topic: False,
        SETTINGS.verdicts_topic: True,
        SETTINGS.dead_letter_topic: True,
        SETTINGS.parts_topic: True,
        SETTINGS.reviews_topic: True,
    }
    assert admin.closed


def test_images_and_dead_letters_fit_and_reviews_are_compacted(admin: FakeAdmin) -> None:
    create_topics(SETTINGS, partitions=4, replication_factor=3)
    assert {(each["num_partitions"], each["replication_factor"]) for each in admin.created.values()} == {(4, 3)}
    configs = {topic: each["configs"] for topic, each in admin.created.items()}
    image, letter = (
        int(configs[topic]["max.message.bytes"]) for topic in (SETTINGS.images_topic, SETTINGS.dead_letter_topic)
    )
    assert letter > image > SETTINGS.max_image_bytes
    assert configs[SETTINGS.reviews_topic]["cleanup.policy"] == "compact"


def test_brokers_that_refuse_are_one_sentence(admin: FakeAdmin) -> None:
    admin.codes[SETTINGS.verdicts_topic] = INVALID_REPLICATION_FACTOR
    with pytest.raises(StreamError, match=r"expected the brokers to create topics, found: .*number of replicas"):
        create_topics(SETTINGS, partitions=4, replication_factor=3)
    assert admin.closed


def test_brokers_that_are_away_are_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_settings: Settings) -> FakeAdmin:
        raise KafkaConnectionError

    monkeypatch.setattr(topics, "make_admin", away)
    with pytest.raises(StreamError, match="expected Kafka at localhost:9092"):
        create_topics(SETTINGS, partitions=4, replication_factor=3)


def test_missing_topics_are_named_before_the_first_image(admin: FakeAdmin) -> None:
    with pytest.raises(StreamError, match=r"found no inspection\.dead-letter; create them with linewatch topics"):
        check_topics(admin, SETTINGS)
    assert admin.closed


def test_topics_that_the_brokers_hide_are_named_with_the_right_to_them(admin: FakeAdmin) -> None:
    admin.codes[SETTINGS.dead_letter_topic] = NOT_AUTHORIZED
    with pytest.raises(
        StreamError, match=r"expected the right to write topic inspection\.dead-letter, found none; allow"
    ):
        check_topics(admin, SETTINGS)
