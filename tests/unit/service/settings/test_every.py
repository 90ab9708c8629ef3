"""Where settings come from."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from service.settings.every import Settings
from service.settings.record import RecordSettings


def test_environment_wins_over_dotenv_and_dotenv_over_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("LINEWATCH_GROUP=from-file\nLINEWATCH_HTTP_PORT=8111\nOTHER=1\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LINEWATCH_GROUP", "from-environment")
    settings = Settings()
    assert (settings.group, settings.http_port, settings.batch_images) == ("from-environment", 8111, 32)


def test_every_setting_says_what_it_means() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_a_password_is_not_shown() -> None:
    settings = Settings(sasl_password="hunter2")
    assert "hunter2" not in repr(settings)


def test_sasl_needs_its_three_settings_together() -> None:
    with pytest.raises(ValidationError, match="SASL_SSL needs sasl_mechanism, sasl_username and sasl_password"):
        Settings(security_protocol="SASL_SSL", sasl_username="me")


def test_audits_need_a_key() -> None:
    for key in (None, ""):
        with pytest.raises(ValidationError, match=r"audit_rate 0\.01 needs audit_key"):
            Settings(audit_rate=0.01, audit_key=key)
    assert Settings(audit_rate=0.01, audit_key="k").audit_rate == 0.01
    assert Settings(audit_rate=0.0).audit_key is None


def test_the_audit_key_is_not_shown() -> None:
    assert "hunter2" not in repr(Settings(audit_key="hunter2"))


@pytest.mark.parametrize("name", ["images_topic", "verdicts_topic", "reviews_topic", "parts_topic"])
def test_a_topic_that_is_named_twice_is_refused(name: str) -> None:
    why = "expected five different topics for images_topic, .*, reviews_topic and parts_topic, found"
    with pytest.raises(ValidationError, match=why):
        RecordSettings.model_validate({"dead_letter_topic": "parts", name: "parts"})
