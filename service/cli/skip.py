"""`linewatch skip`."""

import logging
from typing import Annotated

from pydantic import BaseModel, Field, PlainValidator, StringConstraints
from pydantic_settings import CliPositionalArg

from service.cli.failure import warn_of_odd_variables
from service.record.messages import Source
from service.record.skipping import skip
from service.settings.run import RunSettings


class Skip(BaseModel):
    """Give up a record that no broker can send: a dead letter takes its place, and the group goes on behind it."""

    record: CliPositionalArg[Annotated[str, PlainValidator(lambda text: str(Source.parse(text)))]] = Field(
        description="TOPIC/PARTITION/OFFSET, where the group stands."
    )
    why: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)] = Field(
        description="The reason, for those who read the dead letter."
    )

    def cli_cmd(self) -> None:
        warn_of_odd_variables()
        logging.getLogger("kafka").setLevel(logging.CRITICAL)  # an error becomes one sentence
        skip(RunSettings(), Source.parse(self.record), self.why)
        print(f"skipped {self.record}: it has a dead letter, and the group goes on behind it")  # noqa: T201 - output
