"""`linewatch escapes`."""

import json
import logging

from pydantic import AwareDatetime, BaseModel, Field

from service.cli.failure import warn_of_odd_variables
from service.quality.rates import Rates
from service.quality.table import table
from service.quality.tally import read_rates
from service.settings.record import RecordSettings


class Escapes(BaseModel):
    """Estimate from audits and reviews how many defects pass and good parts are flagged, by stream and bundle."""

    bootstrap_servers: str | None = Field(default=None, description="Kafka brokers (default: the setting).")
    stream: str | None = Field(default=None, description="Only this stream.")
    since: AwareDatetime | None = Field(
        default=None, alias="from", description="Only verdicts from then on: RFC 3339, as 2026-01-31T08:30:00Z."
    )
    until: AwareDatetime | None = Field(default=None, alias="to", description="Only verdicts before then.")
    below: float | None = Field(
        default=None, gt=0.0, lt=1.0, description="Print how many more audits bring the escape rate below this share."
    )
    json_output: bool = Field(default=False, alias="json", description="Print JSON.")

    def cli_cmd(self) -> None:
        warn_of_odd_variables()
        logging.getLogger("kafka").setLevel(logging.CRITICAL)  # an error becomes one sentence
        servers = self.bootstrap_servers
        settings = RecordSettings() if servers is None else RecordSettings(bootstrap_servers=servers)
        found = read_rates(settings, stream=self.stream, since=self.since, until=self.until)
        if self.json_output:
            print(json.dumps([self._as_json(rates) for rates in found]))  # noqa: T201 - output
        else:
            print(table(found, self.below) or f"no verdicts on {settings.verdicts_topic} yet")  # noqa: T201 - output

    def _as_json(self, rates: Rates) -> dict[str, object]:
        needed = {} if self.below is None else {"audits_needed": rates.audits_needed(self.below)}
        return rates.model_dump() | needed
