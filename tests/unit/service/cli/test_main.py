"""How `linewatch` ends on a mistake."""

import subprocess
import sys

import pytest

from tests.support.linewatch_command import failure


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["run", "--http-port", "many"], "http_port: Input should be a valid integer"),
        (["run", "--batch-images", "0"], "batch_images: Input should be greater than or equal to 1, found '0'"),
        (["run", "--security-protocol", "SASL_SSL"], "SASL_SSL needs sasl_mechanism"),
        (["run", "--audit-rate", "0.1"], "audit_rate 0.1 needs audit_key"),
        (["escapes", "--from", "yesterday"], "from: Input should be a valid datetime"),
        (["escapes", "--below", "2"], "below: Input should be less than 1, found '2'"),
    ],
)
def test_a_wrong_setting_is_one_sentence(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, printed = failure(arguments, capsys)
    assert (status, printed.count("\n")) == (2, 1)
    assert expected in printed


def test_a_wrong_environment_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LINEWATCH_HTTP_PORT", "many")
    status, printed = failure(["run"], capsys)
    assert status == 2
    assert "http_port: Input should be a valid integer" in printed


def test_the_service_needs_nothing_of_the_review_page() -> None:
    code = (
        "import sys, service.cli.main; sys.exit(bool({'flask_wtf', 'fsspec', 'service.review.app'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
