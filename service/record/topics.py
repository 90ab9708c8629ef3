"""The topics: checking that they exist, and creating them."""

from collections.abc import Mapping
from contextlib import closing

from kafka import KafkaAdminClient, KafkaConsumer
from kafka.errors import KafkaError, TopicAuthorizationFailedError, for_code

from service.record.clients import ENVELOPE_BYTES, make_admin
from service.record.errors import StreamError, forbidden, missing_right, unreachable
from service.settings.record import RecordSettings

_MEBIBYTE = 1024 * 1024


def check_topics(consumer: KafkaConsumer, settings: RecordSettings) -> None:
    """Check that all topics exist before the first image is read.

    Raises:
        StreamError: naming the missing ones, and those that this user has no right to.
    """
    rights = {settings.images_topic: "read", settings.verdicts_topic: "write", settings.dead_letter_topic: "write"}
    require_topics(consumer, settings, rights)


def require_topics(consumer: KafkaConsumer, settings: RecordSettings, rights: Mapping[str, str]) -> None:
    """Check that topics exist.

    Args:
        consumer: any.
        settings: how to reach the brokers.
        rights: topic -> what is wanted of it, `read` or `write`.

    Raises:
        StreamError: naming the missing ones, and those that this user has no right to.
    """
    missing = sorted(set(rights) - set(consumer.topics()))
    if not missing:
        return
    refuse_forbidden(settings, {topic: rights[topic] for topic in missing})
    raise StreamError(
        f"expected topics {', '.join(rights)} on {settings.bootstrap_servers}, found no {', '.join(missing)}; "
        "create them with linewatch topics, or correct the topic settings"
    )


def refuse_forbidden(settings: RecordSettings, rights: Mapping[str, str]) -> None:
    """Tell topics that are not there from those that the brokers hide from this user.

    Args:
        settings: how to reach the brokers.
        rights: topic that was not found -> what is wanted of it, `read` or `write`.

    Raises:
        StreamError: naming the topics that are hidden.
    """
    with closing(make_admin(settings)) as admin:
        described = admin.describe_topics(list(rights))
    hidden = sorted(each["name"] for each in described if each["error_code"] == TopicAuthorizationFailedError.errno)
    if hidden:
        raise StreamError(forbidden(" and ".join(f"{rights[topic]} topic {topic}" for topic in hidden)))


def create_topics(settings: RecordSettings, partitions: int, replication_factor: int) -> dict[str, bool]:
    """Create the topics that do not exist yet, large enough for images.

    Returns:
        topic -> whether it was created (False: it existed and is unchanged).

    Raises:
        StreamError: if the brokers cannot be reached or refuse.
    """
    largest = settings.max_image_bytes + ENVELOPE_BYTES
    wanted = {
        settings.images_topic: {"max.message.bytes": str(largest)},
        settings.verdicts_topic: {"max.message.bytes": str(_MEBIBYTE)},
        settings.dead_letter_topic: {"max.message.bytes": str(largest + ENVELOPE_BYTES)},
        settings.parts_topic: {"max.message.bytes": str(_MEBIBYTE)},
        settings.reviews_topic: {"max.message.bytes": str(_MEBIBYTE), "cleanup.policy": "compact"},
    }
    try:
        admin = make_admin(settings)
    except KafkaError as error:
        raise unreachable(settings, error) from error
    try:
        return {topic: _create(admin, topic, each, partitions, replication_factor) for topic, each in wanted.items()}
    except KafkaError as error:
        right = missing_right(error, "create")
        raise StreamError(right or f"expected the brokers to create topics, found: {error}") from error
    finally:
        admin.close()


def _create(
    admin: KafkaAdminClient, topic: str, configs: dict[str, str], partitions: int, replication_factor: int
) -> bool:
    wanted = {
        topic: {"num_partitions": partitions, "replication_factor": replication_factor, "configs": configs},
    }
    result = admin.create_topics(wanted, raise_errors=False)
    code = result["topics"][0]["error_code"]
    if code == 0:
        return True
    if for_code(code).__name__ == "TopicAlreadyExistsError":
        return False
    if for_code(code) is TopicAuthorizationFailedError:
        raise TopicAuthorizationFailedError(topic)
    raise for_code(code)(result["topics"][0].get("error_message"))
