"""The environment and `.env`."""

from pathlib import Path

import pytest
from pydantic_settings import SettingsError

from service.environment.sources import all_variables, refuse_if_unreadable
from service.settings.every import Settings


@pytest.fixture
def dotenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / ".env"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_dotenv_is_read_with_and_without_the_mark_that_windows_puts_first(dotenv: Path, encoding: str) -> None:
    dotenv.write_text("LINEWATCH_GROUP=Schicht-süd\n", encoding=encoding)
    assert Settings().group == "Schicht-süd"
    assert all_variables()["LINEWATCH_GROUP"] == "Schicht-süd"


@pytest.mark.parametrize("content", ["LINEWATCH_GROUP=night\n".encode("utf-16"), b"LINEWATCH_GROUP=\xe9\xff\n"])
def test_another_encoding_is_one_sentence(dotenv: Path, content: bytes) -> None:
    dotenv.write_bytes(content)
    for read in (Settings, all_variables):
        with pytest.raises(SettingsError, match=r"expected .*/\.env to be text in UTF-8, found the byte 0x"):
            read()


def test_utf_16_without_its_mark_is_not_taken_for_a_file_without_settings(dotenv: Path) -> None:
    dotenv.write_bytes("LINEWATCH_GROUP=night\n".encode("utf-16-le"))
    with pytest.raises(SettingsError, match=r"to be text in UTF-8, found NUL characters"):
        Settings()


def test_a_folder_in_its_place_is_one_sentence(dotenv: Path) -> None:
    dotenv.mkdir()
    with pytest.raises(SettingsError, match=r"expected .*/\.env to be a file, found a folder"):
        Settings()


def test_what_cannot_be_read_is_one_sentence(dotenv: Path) -> None:
    dotenv.symlink_to("/proc/self/mem")  # reading it fails, for every user
    with pytest.raises(SettingsError, match=r"expected to read .*, found: Input/output error"):
        refuse_if_unreadable()


def test_service_links_are_not_read(dotenv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dotenv.write_text("LINEWATCH_HTTP_PORT=tcp://10.96.12.7:8000\n")
    monkeypatch.setenv("LINEWATCH_REVIEW_PORT", "tcp://10.96.12.7:8001")
    assert (Settings().http_port, Settings().review_port) == (8000, 8001)
