"""The environment and `.env` as sources of settings, without what Kubernetes adds."""

import os
from pathlib import Path

from dotenv import dotenv_values
from pydantic_settings import BaseSettings, DotEnvSettingsSource, EnvSettingsSource, SettingsError

from service.environment.names import is_service_link

DOTENV = ".env"
ENCODING = "utf-8-sig"
"""UTF-8, with or without the mark that Windows' editors put first."""


class Environment(EnvSettingsSource):
    """Environment variables, without those that Kubernetes made of Services."""

    def __init__(self, settings: type[BaseSettings]) -> None:
        super().__init__(settings)
        self.env_vars = {name: value for name, value in self.env_vars.items() if not is_service_link(name, value)}


class DotEnv(DotEnvSettingsSource):
    """The file `.env` of the current folder, if there is one.

    Raises:
        SettingsError: it cannot be read.
    """

    def __init__(self, settings: type[BaseSettings]) -> None:
        refuse_if_unreadable()
        super().__init__(settings, env_file=DOTENV, env_file_encoding=ENCODING)
        self.env_vars = {name: value for name, value in self.env_vars.items() if not is_service_link(name, value)}


def refuse_if_unreadable() -> None:
    """Check that `.env` is text, or not there.

    Raises:
        SettingsError: it is a folder, not in UTF-8, or cannot be opened.
    """
    path = Path(DOTENV)
    if path.is_dir():
        raise SettingsError(
            f"expected {path.resolve()} to be a file, found a folder (Docker makes one where a mounted file is "
            "missing); remove it, or put the file there"
        )
    if path.is_fifo():  # some password managers serve it once
        return
    try:
        if path.exists() and "\0" in path.read_text(ENCODING):
            raise SettingsError(
                f"expected {path.resolve()} to be text in UTF-8, found NUL characters, as UTF-16 without its mark has; "
                "save it in UTF-8"
            )
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"expected {path.resolve()} to be text in UTF-8, found the byte 0x{error.object[error.start]:02x} at "
            f"{error.start}; save it in UTF-8 (PowerShell 5 redirects in UTF-16: use Set-Content -Encoding utf8)"
        ) from error
    except OSError as error:
        raise SettingsError(
            f"expected to read {path.resolve()}, found: {error.strerror}; correct it, or remove it"
        ) from error


def all_variables() -> dict[str, str | None]:
    """The variables of the environment and of `.env`; those of the environment win."""
    refuse_if_unreadable()
    path = Path(DOTENV)
    return {**(dotenv_values(path, encoding=ENCODING) if path.is_file() else {}), **os.environ}
