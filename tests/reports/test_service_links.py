"""Reported: Kubernetes sets variables like NAME_PORT=tcp://… for a Service of that name, and the program ends.

https://github.com/rwf2/Rocket/issues/411, https://github.com/searxng/searxng/issues/6437
"""

import pytest

from tests.support.bundles import part, png
from tests.support.scoring_files import ScoreFiles


@pytest.mark.parametrize("name", ["REVIEW_PORT", "HTTP_PORT", "STORE_PORT", "PROBE_PORT", "KAFKA_PORT_9092_TCP"])
def test_the_port_of_a_neighbour_is_no_setting(
    name: str, score_files: ScoreFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"LINEWATCH_{name}", "tcp://10.96.12.7:8001")
    assert score_files({"good.png": png(part(51))})["good.png"]["decision"] == "pass"
