"""`linewatch topics`."""

import subprocess

from tests.support.service import LINEWATCH


def test_an_unreachable_broker_is_one_sentence() -> None:
    ended = subprocess.run(
        [LINEWATCH, "topics", "--bootstrap-servers", "localhost:1", "--bootstrap-timeout-seconds", "0.2"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
    assert "expected Kafka at localhost:1 (PLAINTEXT), found" in ended.stderr
