"""A service's whole life in its log, down to the sentence that it ends with."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from pydantic import SecretStr

from service.cli.failure import FAILURE
from service.errors import Failure
from service.logs.set_up import logging_everything
from service.settings.every import odd_variables
from service.settings.logs import LogSettings

log = structlog.get_logger(__name__)

EXPECTED = (Failure, OSError)
"""Errors whose message is a sentence for people."""


@contextmanager
def logged(settings: LogSettings) -> Iterator[None]:
    """Log all that happens within the context; an error that ends it is the last event, where events are JSON.

    Raises:
        SystemExit: after an error that was logged.
    """
    values = (getattr(settings, name) for name in type(settings).model_fields)
    secrets = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
    with logging_everything(settings.log_format, settings.log_level, secrets):
        for sentence in odd_variables():
            log.warning(sentence)
        try:
            yield
        except EXPECTED as error:
            if settings.log_format != "json":
                raise
            log.critical(str(error))
            sys.exit(error.exit_code if isinstance(error, Failure) else FAILURE)
        except Exception:
            log.critical("ended by an error that nobody expected; please report it", exc_info=True)
            sys.exit(FAILURE)
