from pathlib import Path

import pytest
import requests

from deploy.devtools.broker import install
from deploy.devtools.errors import BrokerError


class NoNetwork:
    """Stands in for the download: leaves half a job behind, then fails as a cut cable would."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, libs: Path) -> None:
        self.calls += 1
        (libs.parent / "fetching-abc").mkdir()
        raise requests.ConnectionError("cable cut")


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> NoNetwork:
    download = NoNetwork()
    monkeypatch.setattr(install, "_download", download)
    return download


def test_a_failed_download_is_one_sentence_and_no_installation(tmp_path: Path, no_network: NoNetwork) -> None:
    with pytest.raises(BrokerError, match=r"Could not fetch Apache Kafka 4.3.0 .*cable cut.*run the same command"):
        install.fetch(tmp_path)
    assert no_network.calls == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["fetching-abc"]


def test_a_whole_installation_is_used_without_the_network(tmp_path: Path, no_network: NoNetwork) -> None:
    (tmp_path / "kafka_2.13-4.3.0").mkdir()
    assert install.fetch(tmp_path).libs == tmp_path / "kafka_2.13-4.3.0"
    assert no_network.calls == 0


def test_jars_another_process_published_first_are_kept(tmp_path: Path) -> None:
    staging, libs = tmp_path / "staging", tmp_path / "libs"
    for folder, content in ((staging, "mine"), (libs, "theirs")):
        folder.mkdir()
        (folder / "kafka.jar").write_text(content)
    install._publish(staging, libs)
    assert (libs / "kafka.jar").read_text() == "theirs"


def test_the_command_puts_every_jar_on_the_class_path(tmp_path: Path) -> None:
    installation = install.KafkaInstallation(libs=tmp_path, java=Path("/jdk/bin/java"))
    command = installation.command("kafka.Kafka", "a.properties", java_options=("-Xmx1m",))
    assert command == ["/jdk/bin/java", "-Xmx1m", "-cp", f"{tmp_path}/*", "kafka.Kafka", "a.properties"]
