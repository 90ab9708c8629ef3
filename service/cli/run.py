"""`linewatch run`."""

import structlog

from service.app import run
from service.logs import set_up_logs
from service.settings import RunSettings, odd_variables

log = structlog.get_logger(__name__)


class Run(RunSettings):
    """Score images from Kafka until stopped."""

    def cli_cmd(self) -> None:
        set_up_logs(self.log_format, self.log_level)
        for sentence in odd_variables():
            log.warning(sentence)
        run(self)
