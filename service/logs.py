"""Set-up of logging: lines for people or JSON for a collector, of our code and of the libraries."""

import logging
import sys
import warnings
from collections.abc import MutableMapping
from typing import Any, Literal

import structlog


def set_up_logs(style: Literal["console", "json"], level: str) -> None:
    """Send everything to standard error, one event a line."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    if style == "json":
        renderer: list[Any] = [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
    else:
        renderer = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    formatter = structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[_drop_internals, *renderer])
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    warnings.filterwarnings("ignore", module="PIL")  # damaged headers, which we reject in our own words
    # The clients log every connection and every heartbeat; our own lines have what matters of it.
    for chatty in ("kafka", "waitress", "werkzeug"):
        logging.getLogger(chatty).setLevel(logging.DEBUG if level == "debug" else logging.ERROR)


def _drop_internals(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event.pop("_record", None)
    event.pop("_from_structlog", None)
    return event
