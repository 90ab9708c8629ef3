"""The topics: checking that they exist, and creating them."""

from kafka import KafkaAdminClient, KafkaConsumer
from kafka.errors import KafkaError, for_code

from service.record.clients import ENVELOPE_BYTES, make_admin
from service.record.errors import StreamError, unreachable
from service.settings import RecordSettings

_MEBIBYTE = 1024 * 1024


def check_topics(consumer: KafkaConsumer, settings: RecordSettings) -> None:
    """Check that all topics exist before the first image is read.

    Raises:
        StreamError: naming the missing ones.
    """
    wanted = (settings.images_topic, settings.verdicts_topic, settings.dead_letter_topic)
    missing = sorted(set(wanted) - set(consumer.topics()))
    if missing:
        raise StreamError(
            f"expected topics {', '.join(wanted)} on {settings.bootstrap_servers}, found no {', '.join(missing)}; "
            "create them with linewatch topics, or correct the topic settings"
        )


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
        settings.reviews_topic: {"max.message.bytes": str(_MEBIBYTE), "cleanup.policy": "compact"},
    }
    try:
        admin = make_admin(settings)
    except KafkaError as error:
        raise unreachable(settings, error) from error
    try:
        return {topic: _create(admin, topic, each, partitions, replication_factor) for topic, each in wanted.items()}
    except KafkaError as error:
        raise StreamError(f"expected the brokers to create topics, found: {error}") from error
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
    raise for_code(code)(result["topics"][0].get("error_message"))
