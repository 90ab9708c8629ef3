"""Set-up of logging: lines for people or JSON for a collector, of our code, of libraries and of native ones."""

import faulthandler
import logging
import os
import sys
import threading
import warnings
from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, Literal

import structlog

from service.logs.line_handler import LineHandler
from service.logs.native_lines import native_lines_logged
from service.logs.secrets import HideKafkaSecrets, HideSecrets

log = structlog.get_logger(__name__)

Style = Literal["console", "json"]


@contextmanager
def logging_everything(style: Style, level: str, secrets: Iterable[str]) -> Iterator[None]:
    """Send everything to standard error, one event a line, for as long as the context lasts.

    Args:
        style: `json` makes every line an object, those of native libraries and uncaught exceptions, too.
        level: least severe event to log.
        secrets: texts that are hidden wherever they stand.
    """
    with native_lines_logged() as stderr:
        _log_to(stderr, style, level, HideSecrets(secrets))
        faulthandler.enable(stderr)  # a crash has no time for a log line
        hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
        sys.excepthook, threading.excepthook, sys.unraisablehook = _uncaught, _uncaught_in_thread, _unraisable
        try:
            yield
        finally:
            sys.excepthook, threading.excepthook, sys.unraisablehook = hooks


def _log_to(descriptor: int, style: Style, level: str, hide: HideSecrets) -> None:
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    renderer: list[Any]
    if style == "json":
        # Without the frames' variables, among which are passwords.
        tracebacks = structlog.processors.ExceptionRenderer(
            structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        )
        renderer = [tracebacks, hide, structlog.processors.JSONRenderer()]
    else:
        console = structlog.dev.ConsoleRenderer(colors=os.isatty(descriptor))
        renderer = [structlog.processors.format_exc_info, hide, console]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    formatter = structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[_drop_internals, *renderer])
    handler = LineHandler(descriptor)
    handler.setFormatter(formatter)
    handler.addFilter(HideKafkaSecrets())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    logging.captureWarnings(True)
    warnings.filterwarnings("ignore", module="PIL")  # damaged headers, which we reject in our own words
    # The clients log every connection and every heartbeat; our own lines have what matters of it.
    for chatty in ("kafka", "waitress", "werkzeug"):
        logging.getLogger(chatty).setLevel(logging.DEBUG if level == "debug" else logging.ERROR)
    logging.getLogger("kafka.protocol.parser").setLevel(logging.ERROR)  # all bytes: images, passwords


def _drop_internals(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event.pop("_record", None)
    event.pop("_from_structlog", None)
    return event


def _uncaught(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    log.critical("an error that nothing caught", exc_info=(kind, error, trace))


def _uncaught_in_thread(arguments: threading.ExceptHookArgs) -> None:
    thread = arguments.thread.name if arguments.thread else ""
    found = arguments.exc_value or arguments.exc_type()
    log.critical(
        "an error that nothing caught", thread=thread, exc_info=(arguments.exc_type, found, found.__traceback__)
    )


def _unraisable(arguments: "sys.UnraisableHookArgs") -> None:
    found = arguments.exc_value
    log.error(
        "an error where none can be raised",
        where=repr(arguments.object),
        exc_info=(arguments.exc_type, found, arguments.exc_traceback) if found else None,
    )
