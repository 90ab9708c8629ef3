"""The settings of the service: environment variables `LINEWATCH_…`, a `.env` file, or flags.

They are in groups, so that each command reads, and checks, those that it uses; `Settings` has all of them.
"""

import re
import unicodedata
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from service.environment.names import PREFIX, oddities
from service.environment.servers import check_names, check_proxy, parse_servers
from service.environment.sources import DotEnv, Environment, all_variables

SHORTEST_TOKEN = 16
"""A token of random characters this long cannot be guessed."""

_MEBIBYTE = 1024 * 1024
_LONGEST_NAME = 255


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


Optionally = BeforeValidator(_none_if_empty)
"""An empty variable is as none: that is how a compose file leaves one out."""


def _is_a_kafka_name(value: str) -> str:
    if value in (".", "..") or not re.fullmatch(r"[a-zA-Z0-9._-]{1,249}", value):
        raise ValueError("expected 1 to 249 letters, digits, dots, hyphens and underscores")
    return value


def _is_a_possible_path(value: Path) -> Path:
    if not str(value).strip() or any(len(part.encode()) > _LONGEST_NAME for part in value.parts):
        raise ValueError(f"expected a path, of names of at most {_LONGEST_NAME} bytes")
    return value


FilePath = Annotated[Path, AfterValidator(_is_a_possible_path)]

KafkaName = Annotated[str, AfterValidator(_is_a_kafka_name)]

Host = Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[^\s/]+$")]

Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
"""Up to a day."""


class _Group(BaseSettings):
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


class LogSettings(_Group):
    """What is logged, and how."""

    log_format: Literal["console", "json"] = "console"
    """Lines for people, or one JSON object a line for a log collector."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least severe message to log."""


Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"]


class BrokerSettings(_Group):
    """How to reach the brokers."""

    bootstrap_servers: str = "localhost:9092"
    """Kafka brokers to start from, host:port, comma-separated."""
    bootstrap_timeout_seconds: Seconds = 30.0
    """How long to wait for a first broker to answer before giving up."""
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    """Protocol of the connections to the brokers."""
    ssl_cafile: Annotated[FilePath | None, Optionally] = None
    """Certificate authority file (PEM) that signed the brokers' certificates."""
    ssl_certfile: Annotated[FilePath | None, Optionally] = None
    """Client certificate file (PEM), for mutual TLS."""
    ssl_keyfile: Annotated[FilePath | None, Optionally] = None
    """Client key file (PEM), for mutual TLS."""
    ssl_key_password: Annotated[SecretStr | None, Optionally] = None
    """Password of an encrypted client key."""
    sasl_mechanism: Annotated[Mechanism | None, Optionally] = None
    """How to authenticate when the security protocol is a SASL one."""
    sasl_username: Annotated[str | None, Optionally] = None
    """User for SASL."""
    sasl_password: Annotated[SecretStr | None, Optionally] = None
    """Password for SASL; prefer the environment or .env over a flag, which others on the machine can see."""
    sasl_oauth_token_file: Annotated[FilePath | None, Optionally] = None
    """File with a token for OAUTHBEARER, read anew for each connection, as something else renews it."""
    sasl_oauth_token_url: Annotated[str | None, Optionally] = None
    """In place of a file: where to ask for tokens with client credentials; https, or http on this machine."""
    sasl_oauth_client_id: Annotated[str | None, Optionally] = None
    """Client id to ask with."""
    sasl_oauth_client_secret: Annotated[SecretStr | None, Optionally] = None
    """Client secret to ask with."""
    sasl_oauth_scope: str = ""
    """Scope to ask for."""

    @field_validator("bootstrap_servers")
    @classmethod
    def _names_brokers(cls, value: str) -> str:
        parse_servers(value)
        return value

    @model_validator(mode="after")
    def _sasl_is_complete(self) -> Self:
        if not self.security_protocol.startswith("SASL"):
            return self
        if self.sasl_mechanism == "OAUTHBEARER":
            asks = self.sasl_oauth_token_url and self.sasl_oauth_client_id and self.sasl_oauth_client_secret
            if bool(self.sasl_oauth_token_file) == bool(asks):
                raise ValueError(
                    "sasl_mechanism OAUTHBEARER needs sasl_oauth_token_file, or sasl_oauth_token_url, "
                    "sasl_oauth_client_id and sasl_oauth_client_secret; set the one or the three"
                )
        elif not (self.sasl_mechanism and self.sasl_username and self.sasl_password):
            raise ValueError(
                f"security_protocol {self.security_protocol} needs sasl_mechanism, sasl_username and sasl_password; "
                "set all three"
            )
        return self

    @field_validator("sasl_oauth_token_url")
    @classmethod
    def _is_private(cls, value: str | None) -> str | None:
        if value is not None:
            url = urlsplit(value)
            here = url.scheme == "http" and is_loopback(url.hostname or "")
            if not url.hostname or (url.scheme != "https" and not here):
                raise ValueError("expected a URL of https, because the secret is sent to it")
        return value


class ImageSizeSettings(_Group):
    """How large an encoded image may be."""

    max_image_bytes: int = Field(default=16 * _MEBIBYTE, ge=1024, le=1024 * _MEBIBYTE)
    """Largest encoded image; also sets Kafka's message and fetch limits."""


class RecordSettings(ImageSizeSettings, BrokerSettings):
    """The topics, and how to read and write them."""

    images_topic: KafkaName = "inspection.images"
    """Topic that images come from."""
    verdicts_topic: KafkaName = "inspection.verdicts"
    """Topic that verdicts go to."""
    dead_letter_topic: KafkaName = "inspection.dead-letter"
    """Topic that images without a verdict go to, with the reason."""
    reviews_topic: KafkaName = "inspection.reviews"
    """Compacted topic that people's reviews go to."""

    @model_validator(mode="after")
    def _topics_differ(self) -> Self:
        """What is published on the topic of images would be taken for an image, again and again."""
        topics = (self.images_topic, self.verdicts_topic, self.dead_letter_topic, self.reviews_topic)
        if len(set(topics)) < len(topics):
            names = "images_topic, verdicts_topic, dead_letter_topic and reviews_topic"
            raise ValueError(f"expected four different topics for {names}, found {', '.join(topics)}; correct them")
        return self


class ArchiveSettings(_Group):
    """Where images are kept that outlive their topic."""

    archive: str = Field(default="archive", min_length=1)
    """Where images that are reviewed or to be audited are kept: a folder, or a URL that fsspec knows."""


class ScoringSettings(ImageSizeSettings):
    """How to score images."""

    store: FilePath = Path("bundles")
    """Folder of bundles: <store>/<stream>/<bundle-id>/."""
    max_image_pixels: int = Field(default=50_000_000, ge=64, le=100_000_000_000)
    """Largest decoded image, width x height; checked before decoding."""


class _ServiceSettings(LogSettings, ScoringSettings, RecordSettings):
    """What both services use."""

    score_threads: int = Field(default=0, ge=0, le=64)
    """Images that are scored at a time, each on one core; 0 is as many as the cores that the process may use."""
    probe_port: Annotated[int | None, Optionally] = Field(default=None, ge=0, le=65535)
    """Port of a listener for /live and /ready alone; by default that of the pages + 100, 0 picks a free one."""
    allowed_hosts: Annotated[str, AfterValidator(check_names)] = ""
    """More names that the pages may be called by, comma-separated; .example.org is all under it, * is any."""


class RunSettings(_ServiceSettings):
    """All of `linewatch run`."""

    group: str = Field(default="linewatch", min_length=1, max_length=200)
    """Consumer group; replicas of one group share the partitions."""
    instance: Annotated[str, AfterValidator(lambda value: value and _is_a_kafka_name(value))] = ""
    """A stable name of this replica (such as a StatefulSet pod's): it keeps its partitions through a restart."""
    reload_seconds: Seconds = 2.0
    """Seconds between two checks of the store for a new champion or challenger."""
    loaded_graphs: int = Field(default=64, ge=1, le=10_000)
    """Most graphs in memory; the one that was not used for longest leaves, and is loaded again when it is needed."""
    batch_images: int = Field(default=32, ge=1, le=1000)
    """Most images in one transaction; fewer are never waited for."""
    decode_threads: int = Field(default=0, ge=0, le=64)
    """Processes that decode images while others are scored; 0 is as many as the cores that the process may use."""
    decode_seconds: float = Field(default=10.0, gt=0, le=60)
    """CPU time that one image may take to decode; its process is killed then."""
    shadow_lag_records: int = Field(default=200, ge=0, le=1_000_000_000)
    """Challengers pause while more images than this wait for this replica, and resume at half of it."""
    audit_rate: float = Field(default=0.0, ge=0.0, le=1.0, allow_inf_nan=False)
    """The share of passes that is sampled for a person to review; 0 is none."""
    audit_key: Annotated[SecretStr | None, Optionally] = None
    """Secret key of the sampling, the same for all replicas; anyone who knows it can predict the sampled parts."""
    http_host: Host = "127.0.0.1"
    """Address that /metrics, /live, /ready and the status page listen on; 0.0.0.0 for other machines, too."""
    http_port: int = Field(default=8000, ge=0, le=65535)
    """Port of those pages; 0 picks a free one and logs it."""

    @model_validator(mode="after")
    def _audits_have_a_key(self) -> Self:
        if self.audit_rate > 0.0 and not (self.audit_key and self.audit_key.get_secret_value()):
            raise ValueError(
                f"audit_rate {self.audit_rate:g} needs audit_key, any text that is kept secret and is the same for all "
                "replicas, found none; set it, or audit_rate to 0"
            )
        return self


class ReviewSettings(ArchiveSettings, _ServiceSettings):
    """All of `linewatch review`."""

    review_host: Host = "127.0.0.1"
    """Address that the review page listens on; any that others can reach needs a review_token."""
    review_port: int = Field(default=8001, ge=0, le=65535)
    """Port of the review page; 0 picks a free one and logs it."""
    review_token: Annotated[SecretStr | None, Optionally] = None
    """Secret that the review page asks for, at least 16 characters; without one only this machine may open it."""
    review_proxy: Annotated[str, AfterValidator(check_proxy)] = ""
    """Address of the proxy before the review page whose X-Forwarded-For and X-Forwarded-Proto are believed."""
    review_days: int = Field(default=30, ge=1, le=3650)
    """How many days of verdicts and reviews the review page looks back on."""
    reviewer: str = Field(default="", max_length=200)
    """Name of the person who reviews at this machine; without one the page asks."""


class InspectionSettings(ArchiveSettings, RecordSettings):
    """What reads inspected parts back: topics and archive."""


class Settings(ReviewSettings, InspectionSettings, RunSettings):
    """All settings."""


def odd_variables() -> list[str]:
    """A sentence for each variable that looks like a setting and is none."""
    return list(oddities(all_variables(), Settings.model_fields))


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine only."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
