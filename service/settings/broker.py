"""Settings of the connection to Kafka's brokers."""

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import SecretStr, field_validator, model_validator

from service.environment.servers import parse_servers
from service.settings.base import FilePath, Optionally, Seconds, SettingsGroup, is_loopback

Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"]


class BrokerSettings(SettingsGroup):
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
