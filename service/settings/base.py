"""Fields and base class of the settings: environment variables `LINEWATCH_…`, a `.env` file, or flags."""

import re
import unicodedata
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from service.environment.names import PREFIX
from service.environment.sources import DotEnv, Environment

_LONGEST_NAME = 255


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


Optionally = BeforeValidator(_none_if_empty)
"""An empty variable is as none: that is how a compose file leaves one out."""


def check_kafka_name(value: str) -> str:
    if value in (".", "..") or not re.fullmatch(r"[a-zA-Z0-9._-]{1,249}", value):
        raise ValueError("expected 1 to 249 letters, digits, dots, hyphens and underscores")
    return value


def _is_a_possible_path(value: Path) -> Path:
    if not str(value).strip() or any(len(part.encode()) > _LONGEST_NAME for part in value.parts):
        raise ValueError(f"expected a path, of names of at most {_LONGEST_NAME} bytes")
    return value


FilePath = Annotated[Path, AfterValidator(_is_a_possible_path)]

KafkaName = Annotated[str, AfterValidator(check_kafka_name)]

Host = Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[^\s/]+$")]

Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
"""Up to a day."""


class SettingsGroup(BaseSettings):
    """Flags win over environment variables, those over `.env`, those over the defaults."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        extra="ignore",  # a .env file may be shared with other programs
        frozen=True,
        cli_kebab_case=True,
        cli_implicit_flags=True,
        use_attribute_docstrings=True,
        defer_build=True,  # a command uses one or two of the groups
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - ours take their place
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, Environment(settings_cls), DotEnv(settings_cls)

    @field_validator("*", mode="before")
    @classmethod
    def _is_one_line_of_text(cls, value: object) -> object:
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if isinstance(text, str) and any(unicodedata.category(each) in ("Cc", "Cs") for each in text):
            raise ValueError("expected one line of text in UTF-8 (is there a line break at its end?)")
        return value


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine only."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
