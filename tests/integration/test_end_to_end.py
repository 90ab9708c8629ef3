"""Fit, publish, stream: what the service says on Kafka is what `linewatch score` says of the same files."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.support.fitted import FittedParts
from tests.support.line import Line
from tests.support.service import LINEWATCH, Service

pytestmark = pytest.mark.integration


@pytest.fixture
def said_without_kafka(fitted: FittedParts) -> dict[str, dict[str, object]]:
    """What `linewatch score --json` says, by path."""
    images = [str(path) for path in (*fitted.normals, *fitted.defects)]
    command = [str(LINEWATCH), "score", "--json", "--store", str(fitted.store), "--stream", fitted.stream, *images]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    return {said["path"]: said for said in map(json.loads, ended.stdout.splitlines())}


def test_verdicts_equal_what_score_says_of_the_same_files(
    fitted: FittedParts, said_without_kafka: dict[str, dict[str, object]], line: Line, tmp_path: Path
) -> None:
    stream = [("stream", fitted.stream.encode())]
    line.send([(path, Path(path).read_bytes(), stream) for path in said_without_kafka])
    with Service(line.kafka, fitted.store, line.topics, tmp_path / "service.log") as service:
        outcomes = line.outcomes(len(said_without_kafka))
        assert service.until_ready().stop() == 0
    compared = ("score", "threshold", "error_ratio", "p_value", "decision", "bundle")
    streamed = {verdict.part_id: {name: getattr(verdict, name) for name in compared} for verdict in outcomes.verdicts}
    assert streamed == {path: {name: said[name] for name in compared} for path, said in said_without_kafka.items()}
    assert outcomes.dead_letters == []
