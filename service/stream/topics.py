"""The topics: checking that they are there, and creating them."""

from kafka import KafkaAdminClient, KafkaConsumer
from kafka.errors import KafkaError, for_code

from service.settings import Settings
from service.stream.clients import ENVELOPE_BYTES, make_admin


class StreamError(RuntimeError):
    """A fault of the brokers or the topics that stops the service; the message is one sentence for people."""


def check_topics(consumer: KafkaConsumer, settings: Settings) -> None:
    """Make sure that all topics are there before the first image is taken.

    Raises:
        StreamError: naming those that are missing.
    """
    wanted = (settings.images_topic, settings.verdicts_topic, settings.dead_letter_topic)
    missing = sorted(set(wanted) - set(consumer.topics()))
    if missing:
        raise StreamError(
            f"expected topics {', '.join(wanted)} on {settings.bootstrap_servers}, found no {', '.join(missing)}; "
            "create them with linewatch topics, or correct the topic settings"
        )


def create_topics(settings: Settings, partitions: int, replication_factor: int) -> dict[str, bool]:
    """Create the topics that are not there yet, large enough for images.

    Returns:
        topic -> whether it was created (False: it was there already, untouched).

    Raises:
        StreamError: if the brokers cannot be reached or refuse.
    """
    largest = settings.max_image_bytes + ENVELOPE_BYTES
    sizes = {
        settings.images_topic: largest,
        settings.verdicts_topic: 1024 * 1024,
        settings.dead_letter_topic: largest + ENVELOPE_BYTES,
    }
    try:
        admin = make_admin(settings)
    except KafkaError as error:
        raise unreachable(settings, error) from error
    try:
        return {topic: _create(admin, topic, size, partitions, replication_factor) for topic, size in sizes.items()}
    except KafkaError as error:
        raise StreamError(f"expected the brokers to create topics, found: {error}") from error
    finally:
        admin.close()


def _create(admin: KafkaAdminClient, topic: str, largest: int, partitions: int, replication_factor: int) -> bool:
    wanted = {
        topic: {
            "num_partitions": partitions,
            "replication_factor": replication_factor,
            "configs": {"max.message.bytes": str(largest)},
        }
    }
    result = admin.create_topics(wanted, raise_errors=False)
    code = result["topics"][0]["error_code"]
    if code == 0:
        return True
    if for_code(code).__name__ == "TopicAlreadyExistsError":
        return False
    raise for_code(code)(result["topics"][0].get("error_message"))


def unreachable(settings: Settings, error: Exception) -> StreamError:
    """What to say when no broker answers."""
    return StreamError(
        f"expected Kafka at {settings.bootstrap_servers} ({settings.security_protocol}), found: {error}; "
        "check bootstrap_servers, the network and the security settings"
    )
