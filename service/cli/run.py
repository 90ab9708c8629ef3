"""`linewatch run`."""

from service.app import run
from service.logs import set_up_logs
from service.settings import Settings


class Run(Settings):
    """Score images from Kafka until stopped."""

    def cli_cmd(self) -> None:
        set_up_logs(self.log_format, self.log_level)
        run(self)
