"""`linewatch run`."""

from service.app import run
from service.cli.logged import logged
from service.settings import RunSettings


class Run(RunSettings):
    """Score images from Kafka until stopped."""

    def cli_cmd(self) -> None:
        with logged(self):
            run(self)
