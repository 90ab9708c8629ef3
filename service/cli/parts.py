"""`linewatch parts`."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from service.cli.logged import logged
from service.parts.rules import Place, Rules
from service.scoring.manifest import NAME
from service.settings.base import Host, check_kafka_name
from service.settings.parts import PartsSettings

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0}
FEWEST_VIEWS, MOST_VIEWS = 2, 64


def _seconds(text: object) -> object:
    """A time in words, as 500ms, 2s or 1m, in seconds; a number alone is seconds."""
    found = re.fullmatch(r"(\d{1,6}(?:\.\d{1,6})?)(ms|s|m)?", str(text).strip())
    if found is None:
        raise ValueError("expected a time as 500ms, 2s or 1m")
    return float(found[1]) * _UNITS[found[2] or "s"]


def _views(text: str) -> str:
    names = text.split(",")
    if wrong := [name for name in names if not re.fullmatch(NAME, name)]:
        raise ValueError(f"expected names of streams, comma-separated, found {wrong[0][:100]!r} among them")
    if twice := [name for name in names if names.count(name) > 1]:
        raise ValueError(f"expected each view once, found {twice[0]} twice")
    if not FEWEST_VIEWS <= len(names) <= MOST_VIEWS:
        raise ValueError(
            f"expected {FEWEST_VIEWS} to {MOST_VIEWS} views, comma-separated (of one alone, read its verdicts)"
        )
    return text


Duration = Annotated[float, BeforeValidator(_seconds), Field(ge=0.01, le=3600.0)]


class Parts(BaseModel):
    """Publish one part verdict for each part that several cameras see, from the verdicts on its views."""

    views: Annotated[str, AfterValidator(_views)] = Field(description="The streams that see each part: top,left,right.")
    timeout: Duration = Field(default=2.0, description="How long the other views may come after the first: 500ms, 2s.")
    again: Duration = Field(
        default=60.0,
        description="A part id that is captured so long after its last view is inspected anew; before that it is late.",
    )
    group: str = Field(default="linewatch.parts", min_length=1, max_length=200, description="Consumer group.")
    instance: Annotated[str, AfterValidator(lambda value: value and check_kafka_name(value))] = Field(
        default="", description="A stable name of this replica, which keeps its partitions through a restart."
    )
    http_host: Host = Field(default="127.0.0.1", description="Address that /metrics, /live and /ready listen on.")
    http_port: int = Field(default=8002, ge=0, le=65535, description="Port of these pages; 0 picks a free one.")

    def cli_cmd(self) -> None:
        settings = PartsSettings()
        with logged(settings):
            from service.parts.app import publish_parts  # noqa: PLC0415 - so that --help need not wait for it

            rules = Rules(tuple(self.views.split(",")), self.timeout, self.again)
            publish_parts(settings, rules, Place(self.group, self.instance, self.http_host, self.http_port))
