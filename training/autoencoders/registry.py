"""The registry of autoencoders: one module each, found by its name; `base` is the contract that a module fulfils."""

import inspect
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from training.errors import TrainingError

if TYPE_CHECKING:
    from training.autoencoders.base import Autoencoder, AutoencoderOptions

NAMES = ("contractive", "conv", "denoising", "dense", "feature", "sparse", "unet", "vae")
"""The modules of `training.autoencoders` that are autoencoders, sorted."""


def names() -> list[str]:
    """The names of all autoencoders, sorted; imports none of them, and so no TensorFlow."""
    return list(NAMES)


def check_name(name: str) -> None:
    """Raises: TrainingError: if there is no such autoencoder."""
    if name not in names():
        raise TrainingError(f"expected --autoencoder to be one of {', '.join(names())}, found {name!r}")


def find(name: str) -> "type[Autoencoder[Any]]":
    """The autoencoder class in module `name`; imports TensorFlow.

    Raises:
        TrainingError: if there is no such autoencoder.
        TypeError: if the module does not define exactly one; a mistake in the module, not the user's.
    """
    check_name(name)
    from training.autoencoders.base import Autoencoder  # noqa: PLC0415 - loads TensorFlow, only when one is needed

    module = import_module(f"training.autoencoders.{name}")
    found = [
        member
        for _, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, Autoencoder) and member.__module__ == module.__name__
    ]
    if len(found) != 1:
        msg = f"expected one subclass of Autoencoder in {module.__name__}, found {len(found)}"
        raise TypeError(msg)
    return found[0]


def checked_options(name: str, options: dict[str, Any]) -> "AutoencoderOptions":
    """The options of the named autoencoder.

    Raises:
        TrainingError: if there is no such autoencoder, or an option is wrong.
    """
    options_type = find(name).options_type
    try:
        return options_type.model_validate(options)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        why = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            wrong = f"({', '.join(options_type.model_fields)}), found {where}={first['input']!r}"
        elif where:
            wrong = f"that it can take, found {where}={first['input']!r}: {why}"
        else:
            wrong = f"that agree, found that {why}"
        raise TrainingError(f"expected options of autoencoder {name} {wrong}") from error
