"""One sentence about wrong settings."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from service.environment.explain import explain, secrets
from service.settings.every import Settings


def explained(*arguments: str, **given: str) -> str:
    with pytest.raises(ValidationError) as refused:
        Settings.model_validate(given) if given else Settings()
    return explain(refused.value, Settings, arguments)


def test_the_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINEWATCH_RELOAD_SECONDS", "inf")
    assert explained() == ("reload_seconds: Input should be a finite number, found 'inf' in LINEWATCH_RELOAD_SECONDS")


def test_the_line_of_dotenv_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("LINEWATCH_HTTP_PORT=many\n")
    assert explained().endswith("found 'many' in LINEWATCH_HTTP_PORT of .env")


def test_the_flag_is_named() -> None:
    assert explained("run", "--http-port=many", http_port="many").endswith("found 'many' in --http-port")


def test_all_mistakes_are_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINEWATCH_HTTP_PORT", "1e300")
    monkeypatch.setenv("LINEWATCH_BOOTSTRAP_SERVERS", "localhost:abc")
    printed = explained()
    assert "LINEWATCH_BOOTSTRAP_SERVERS; http_port" in printed
    assert "\n" not in printed


def test_a_long_value_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINEWATCH_HTTP_PORT", "9" * 5000)
    assert len(explained()) < 300


def test_a_secret_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINEWATCH_SASL_PASSWORD", "hunter2\n")
    assert explained() == (
        "sasl_password: expected one line of text in UTF-8 (is there a line break at its end?), "
        "found a value that is not shown here in LINEWATCH_SASL_PASSWORD"
    )
    assert {"sasl_password", "audit_key", "review_token"} <= secrets(Settings)
