"""What is wrong with a setting, in words: which, where it was set, what was expected, what was found."""

import os
from collections.abc import Iterable, Sequence

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from service.environment.names import PREFIX
from service.environment.sources import all_variables

_LONGEST = 100


def explain(error: ValidationError, settings: type[BaseModel], arguments: Sequence[str]) -> str:
    """One sentence about all settings and arguments that are wrong.

    Args:
        error: what a command's model or a group of settings raised.
        settings: the model with all settings, of which secrets are not shown.
        arguments: the command line, to tell flags from variables.
    """
    return "; ".join(_clause(each, settings, arguments) for each in error.errors())


def _clause(error: ErrorDetails, settings: type[BaseModel], arguments: Sequence[str]) -> str:
    message = error["msg"].removeprefix("Value error, ")
    # Within a command's model the first part is the command.
    names = [str(part) for part in error["loc"] if part != next(iter(arguments), None)]
    if not names:
        return message
    name = ".".join(names)
    return f"{name}: {message}, found {_shown(error['input'], name, settings)}{_where(name, settings, arguments)}"


def _shown(value: object, name: str, settings: type[BaseModel]) -> str:
    if name in secrets(settings):
        return "a value that is not shown here"
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"


def _where(name: str, settings: type[BaseModel], arguments: Sequence[str]) -> str:
    if name not in settings.model_fields:
        return ""
    flag, variable = f"--{name.replace('_', '-')}", f"{PREFIX}{name.upper()}"
    if any(argument.split("=", 1)[0] == flag for argument in arguments):
        return f" in {flag}"
    in_environment = variable in (each.upper() for each in os.environ)
    in_dotenv = not in_environment and variable in (each.upper() for each in all_variables())
    return f" in {variable}{' of .env' if in_dotenv else ''}"


def secrets(settings: type[BaseModel]) -> set[str]:
    """The names of the settings that are never shown."""
    return {name for name, field in settings.model_fields.items() if SecretStr in _types(field.annotation)}


def _types(annotation: object) -> Iterable[object]:
    return (annotation, *getattr(annotation, "__args__", ()))
