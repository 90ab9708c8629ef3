from pathlib import Path

from deploy.devtools.broker.properties import server_properties


def settings() -> dict[str, str]:
    text = server_properties(Path("/data"), port=9092, controller_port=9093, others={})
    return dict(line.split("=", 1) for line in text.splitlines())


def test_clients_learn_the_port_the_broker_listens_on() -> None:
    assert settings()["advertised.listeners"] == "BROKER://localhost:9092"
    assert "BROKER://localhost:9092" in settings()["listeners"].split(",")


def test_a_message_may_be_larger_than_the_largest_image_the_service_takes() -> None:
    largest_image = 16 * 2**20
    assert int(settings()["message.max.bytes"]) > largest_image
    assert int(settings()["replica.fetch.max.bytes"]) >= int(settings()["message.max.bytes"])
    assert int(settings()["socket.request.max.bytes"]) > int(settings()["message.max.bytes"])


def test_a_misspelt_topic_is_an_error_and_not_a_new_topic() -> None:
    assert settings()["auto.create.topics.enable"] == "false"


def test_an_image_that_says_it_is_years_old_stays() -> None:
    assert settings()["log.retention.ms"] == "-1"
