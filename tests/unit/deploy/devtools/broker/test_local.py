from pathlib import Path

import pytest

from deploy.devtools.broker.install import KafkaInstallation
from deploy.devtools.broker.local import LocalKafka
from deploy.devtools.errors import BrokerError


def fake_java(folder: Path, script: str) -> KafkaInstallation:
    java = folder / "java"
    java.write_text(f"#!/bin/sh\n{script}\n")
    java.chmod(0o755)
    return KafkaInstallation(libs=folder, java=java)


def test_storage_that_cannot_be_formatted_is_reported_with_the_log(tmp_path: Path) -> None:
    kafka = LocalKafka(fake_java(tmp_path, "echo 'disk on fire'; exit 7"), tmp_path / "data")
    with pytest.raises(BrokerError, match=r"could not format its storage(?s:.*)disk on fire"):
        kafka.start()


def test_a_broker_that_ends_while_starting_is_reported_with_the_log(tmp_path: Path) -> None:
    (tmp_path / "data" / "storage").mkdir(parents=True)
    (tmp_path / "data" / "storage" / "meta.properties").touch()  # formatted already
    kafka = LocalKafka(fake_java(tmp_path, "echo 'no heap'; exit 9"), tmp_path / "data")
    with pytest.raises(BrokerError, match=r"ended with status 9(?s:.*)no heap"):
        kafka.start()


def test_stopping_and_killing_what_never_ran_does_nothing(tmp_path: Path) -> None:
    kafka = LocalKafka(KafkaInstallation(libs=tmp_path, java=tmp_path), tmp_path / "data")
    kafka.stop()
    kafka.kill()
    assert not (tmp_path / "data").exists()
