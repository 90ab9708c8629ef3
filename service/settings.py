"""The settings of the service: environment variables `LINEWATCH_…`, a `.env` file, or flags."""

from ipaddress import ip_address
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SHORTEST_TOKEN = 16
"""A token of random characters this long cannot be guessed."""

_MEBIBYTE = 1024 * 1024


class Settings(BaseSettings):
    """Flags win over environment variables, those over `.env`, those over the defaults."""

    model_config = SettingsConfigDict(
        env_prefix="LINEWATCH_",
        env_file=".env",
        extra="ignore",  # a .env file may be shared with other programs
        frozen=True,
        cli_kebab_case=True,
        cli_implicit_flags=True,
        use_attribute_docstrings=True,
    )

    bootstrap_servers: str = "localhost:9092"
    """Kafka brokers to start from, host:port, comma-separated."""
    bootstrap_timeout_seconds: float = Field(default=30.0, gt=0)
    """How long to wait for a first broker to answer before giving up."""
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    """Protocol of the connections to the brokers."""
    ssl_cafile: Path | None = None
    """Certificate authority file (PEM) that signed the brokers' certificates."""
    ssl_certfile: Path | None = None
    """Client certificate file (PEM), for mutual TLS."""
    ssl_keyfile: Path | None = None
    """Client key file (PEM), for mutual TLS."""
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = None
    """How to authenticate when the security protocol is a SASL one."""
    sasl_username: str | None = None
    """User for SASL."""
    sasl_password: SecretStr | None = None
    """Password for SASL; prefer the environment or .env over a flag, which others on the machine can see."""

    group: str = Field(default="linewatch", min_length=1)
    """Consumer group; replicas of one group share the partitions."""
    instance: str = ""
    """A stable name of this replica (such as a StatefulSet pod's): it keeps its partitions through a restart."""
    images_topic: str = Field(default="inspection.images", min_length=1)
    """Topic that images come from."""
    verdicts_topic: str = Field(default="inspection.verdicts", min_length=1)
    """Topic that verdicts go to."""
    dead_letter_topic: str = Field(default="inspection.dead-letter", min_length=1)
    """Topic that images without a verdict go to, with the reason."""
    reviews_topic: str = Field(default="inspection.reviews", min_length=1)
    """Compacted topic that people's reviews go to."""

    store: Path = Path("bundles")
    """Folder of bundles: <store>/<stream>/<bundle-id>/."""
    reload_seconds: float = Field(default=2.0, gt=0)
    """Seconds between two checks of the store for a new champion or challenger."""

    batch_images: int = Field(default=32, ge=1, le=1000)
    """Most images in one transaction; fewer are never waited for."""
    decode_threads: int = Field(default=2, ge=1, le=64)
    """Threads that decode images while the previous batch is scored."""
    score_threads: int = Field(default=2, ge=1, le=64)
    """Threads inside the graph."""
    shadow_lag_records: int = Field(default=200, ge=0)
    """Challengers pause while more images than this wait for this replica, and resume at half of it."""
    max_image_bytes: int = Field(default=16 * _MEBIBYTE, ge=1024)
    """Largest encoded image; also sets Kafka's message and fetch limits."""
    max_image_pixels: int = Field(default=50_000_000, ge=64)
    """Largest decoded image, width x height; checked before decoding."""

    audit_rate: float = Field(default=0.0, ge=0.0, le=1.0)
    """The share of passes that is sampled for a person to review; 0 is none."""
    audit_key: SecretStr | None = None
    """Secret key of the sampling, the same for all replicas; anyone who knows it can predict the sampled parts."""

    http_host: str = "0.0.0.0"  # noqa: S104 - Prometheus scrapes from elsewhere
    """Address that /metrics, /live, /ready and the status page listen on."""
    http_port: int = Field(default=8000, ge=0, le=65535)
    """Port of those pages; 0 picks a free one and logs it."""
    review_host: str = Field(default="127.0.0.1", min_length=1)
    """Address that the review page listens on; any that others can reach needs a review_token."""
    review_port: int = Field(default=8001, ge=0, le=65535)
    """Port of the review page; 0 picks a free one and logs it."""
    review_token: SecretStr | None = None
    """Secret that the review page asks for, at least 16 characters; without one only this machine may open it."""
    review_days: int = Field(default=30, ge=1, le=3650)
    """How many days of verdicts and reviews the review page looks back on."""
    reviewer: str = Field(default="", max_length=200)
    """Name of the person who reviews at this machine; without one the page asks."""
    archive: str = Field(default="archive", min_length=1)
    """Where images that are reviewed or to be audited are kept: a folder, or a URL that fsspec knows."""
    log_format: Literal["console", "json"] = "console"
    """Lines for people, or one JSON object a line for a log collector."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least severe message to log."""

    @model_validator(mode="after")
    def _audits_have_a_key(self) -> Self:
        if self.audit_rate > 0.0 and not (self.audit_key and self.audit_key.get_secret_value()):
            msg = (
                f"audit_rate {self.audit_rate:g} needs audit_key, any text that is kept secret and is the same for all "
                "replicas, found none; set it, or audit_rate to 0"
            )
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _sasl_is_complete(self) -> Self:
        if self.security_protocol.startswith("SASL") and not (
            self.sasl_mechanism and self.sasl_username and self.sasl_password
        ):
            msg = (
                f"security_protocol {self.security_protocol} needs sasl_mechanism, sasl_username and sasl_password; "
                "set all three"
            )
            raise ValueError(msg)
        return self


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine only."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
