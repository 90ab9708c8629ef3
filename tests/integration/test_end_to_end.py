"""Fit, publish, stream: verdicts on Kafka equal those of `linewatch score` on the same files."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.support.fitted import FittedParts
from tests.support.line import Line
from tests.support.service import LINEWATCH, Service

pytestmark = pytest.mark.integration


@pytest.fixture
def scored(fitted: FittedParts) -> dict[str, dict[str, object]]:
    """Verdicts of `linewatch score --json`, by path."""
    images = [str(path) for path in (*fitted.normals, *fitted.defects)]
    command = [str(LINEWATCH), "score", "--json", "--store", str(fitted.store), "--stream", fitted.stream, *images]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    return {verdict["path"]: verdict for verdict in map(json.loads, ended.stdout.splitlines())}


def test_verdicts_equal_those_of_score_on_the_same_files(
    fitted: FittedParts, scored: dict[str, dict[str, object]], line: Line, tmp_path: Path
) -> None:
    stream = [("stream", fitted.stream.encode())]
    line.send([(path, Path(path).read_bytes(), stream) for path in scored])
    with Service(line.kafka, fitted.store, line.topics, tmp_path / "service.log") as service:
        outcomes = line.outcomes(len(scored))
        assert service.until_ready().stop() == 0
    assert service.raw_lines() == []
    compared = ("score", "threshold", "error_ratio", "p_value", "decision", "bundle")
    streamed = {verdict.part_id: {name: getattr(verdict, name) for name in compared} for verdict in outcomes.verdicts}
    assert streamed == {path: {name: verdict[name] for name in compared} for path, verdict in scored.items()}
    assert outcomes.dead_letters == []
