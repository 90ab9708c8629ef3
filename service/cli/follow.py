"""`linewatch follow`."""

import logging
import sys
from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, Field, PlainValidator, model_validator

from service.cli.logged import logged
from service.errors import Misuse
from service.follow.choice import Choice
from service.follow.printing import Request, print_verdicts
from service.follow.times import Start, read_end, read_start
from service.scoring.manifest import StreamName
from service.scoring.verdict import Decision
from service.settings.base import Host, KafkaName
from service.settings.follow import FollowSettings


def _separated(value: object) -> object:
    """A flag that is given several times, or once with commas."""
    given = value if isinstance(value, list) else [value]
    return [word for each in given for word in (each.split(",") if isinstance(each, str) else [each])]


class Follow(BaseModel):
    """Print verdicts as they come, one a line, until stopped; or send each to a webhook."""

    bootstrap_servers: str | None = Field(default=None, description="Kafka brokers (default: the setting).")
    stream: Annotated[list[StreamName], BeforeValidator(_separated)] = Field(
        default=[], description="Only this stream; several with commas, or the flag again."
    )
    decision: Annotated[list[Decision], BeforeValidator(_separated)] = Field(
        default=[], description="Only this decision: pass, review or anomaly; several with commas, or the flag again."
    )
    since: Annotated[Start, PlainValidator(read_start)] = Field(
        default="latest",
        alias="from",
        description="Where to begin: latest, earliest, RFC 3339 as 2026-01-31T08:30:00Z, or how long ago as 10m. A "
        "webhook begins there once, and later goes on behind what was taken.",
    )
    until: Annotated[datetime, PlainValidator(read_end)] | None = Field(
        default=None, description="End behind the last verdict written before then: now, RFC 3339, or how long ago."
    )
    count: int | None = Field(default=None, ge=1, description="End after so many verdicts.")
    json_lines: bool = Field(default=False, alias="json", description="One JSON object a line.")
    webhook: str | None = Field(
        default=None, description="Post each verdict to this URL, signed with LINEWATCH_WEBHOOK_SECRET."
    )
    group: KafkaName | None = Field(
        default=None, description="Consumer group of the webhook (default: made from URL, streams and decisions)."
    )
    timeout_seconds: float = Field(default=10.0, gt=0.0, le=300.0, description="For the webhook's answer to each try.")
    in_flight: int = Field(default=8, ge=1, le=256, description="Most tries at a time; of each partition, one.")
    plain_http: bool = Field(default=False, description="Let the webhook be http on another machine.")
    http_host: Host = Field(default="127.0.0.1", description="Address of the webhook's /metrics, /live and /ready.")
    http_port: int | None = Field(default=None, ge=0, le=65535, description="Their port (default: none are served).")

    @model_validator(mode="after")
    def _ends_or_sends(self) -> Self:
        given = {name.replace("_", "-") for name in self.model_fields_set}
        printed, sent = {"until", "count", "json-lines"}, {"group", "timeout-seconds", "in-flight", "plain-http"}
        wrong = given & (sent | {"http-host", "http-port"} if self.webhook is None else printed)
        if wrong:
            names = ", ".join(sorted(f"--{name}".replace("-lines", "") for name in wrong))
            what = "only with --webhook" if self.webhook is None else "not with --webhook, which prints nothing"
            msg = f"expected {names} {what}; leave out one of them"
            raise ValueError(msg)
        return self

    def cli_cmd(self) -> None:
        servers = self.bootstrap_servers
        settings = FollowSettings() if servers is None else FollowSettings(bootstrap_servers=servers)
        if self.webhook is None:
            self._print(settings)
        else:
            self._send(settings, self.webhook)

    def _print(self, settings: FollowSettings) -> None:
        quiet = {} if "log_level" in settings.model_fields_set else {"log_level": "warning"}
        request = Request(self._choice(), self.since, self.until, self.count, self.json_lines)
        with logged(settings.model_copy(update=quiet)):
            _quiet_client()
            print_verdicts(settings, request, sys.stdout)

    def _send(self, settings: FollowSettings, url: str) -> None:
        from service.follow.webhook.address import read_address  # noqa: PLC0415 - what prints needs none of it
        from service.follow.webhook.sending import Webhook, group_of, send_verdicts  # noqa: PLC0415
        from service.follow.webhook.signature import read_secrets  # noqa: PLC0415

        try:
            address = read_address(url, plain_http=self.plain_http)
        except ValueError as error:
            raise Misuse(f"webhook: {error}") from error
        try:
            secret = settings.webhook_secret
            secrets = read_secrets(secret.get_secret_value() if secret else "")
        except ValueError as error:
            raise Misuse(f"webhook_secret: {error}") from error
        webhook = Webhook(
            address,
            secrets,
            self._choice(),
            self.since,
            self.group or group_of(url, self._choice()),
            self.timeout_seconds,
            self.in_flight,
            self.http_host,
            self.http_port,
        )
        with logged(settings):
            _quiet_client()
            send_verdicts(settings, webhook)

    def _choice(self) -> Choice:
        return Choice(frozenset(self.stream), frozenset(self.decision))


def _quiet_client() -> None:
    """Our own lines have what matters of the client's, which repeats each failed connection."""
    if not logging.getLogger("kafka").isEnabledFor(logging.DEBUG):
        logging.getLogger("kafka").setLevel(logging.CRITICAL)
