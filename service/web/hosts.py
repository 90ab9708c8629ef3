"""The Host header: which names the pages answer to, so that no other site's name can be made to point here."""

import re
import socket
from collections.abc import Collection
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from wsgiref.types import WSGIEnvironment

from service.settings.base import is_loopback

if TYPE_CHECKING:  # probes have the rule without Flask
    from flask import Flask

_LABEL = re.compile(r"[a-z0-9_-]+")


class Names:
    """The names that a program answers to."""

    def __init__(self, bound_to: str, allowed: str) -> None:
        """As for `check_host`."""
        self._bound_to = bound_to
        self._allowed = frozenset(name.strip().lower() for name in allowed.split(",") if name.strip())

    def refusal(self, environ: WSGIEnvironment) -> str:
        """Why a request is refused, one sentence; or nothing."""
        header = environ.get("HTTP_HOST")  # browsers always send it
        if header is None or is_own(name := _name(header), self._bound_to, self._allowed):
            return ""
        return f"expected one of this program's names as host, found {name[:100]!r}; add it to allowed_hosts"


def check_host(app: "Flask", bound_to: str, allowed: str, only: Collection[str] | None = None) -> None:
    """Refuse requests by a name that is not this program's (DNS rebinding).

    Args:
        app: the application.
        bound_to: the address that it listens on.
        allowed: further names, comma-separated; `.example.org` is every name under it, `*` is any.
        only: the endpoints to check; all of them by default.
    """
    from flask import abort, request  # noqa: PLC0415 - where there is an application, it is loaded

    names = Names(bound_to, allowed)

    @app.before_request
    def refuse_other_names() -> None:
        if (only is None or request.endpoint in only) and (why := names.refusal(request.environ)):
            abort(403, why)


def is_own(name: str, bound_to: str, allowed: Collection[str]) -> bool:
    """Whether a name is one that only who runs this program, or the network it is in, can have given to it.

    Addresses cannot be made to point elsewhere, and no public name is without a dot (as `service`, of a container, is).
    Where only this machine can connect, its loopback names are enough.
    """
    if is_loopback(name) or "*" in allowed or name in allowed:
        return True
    if any(name.endswith(each) for each in allowed if each.startswith(".")):
        return True
    if is_loopback(bound_to):
        return False
    return _is_address(name) or bool(_LABEL.fullmatch(name)) or name == socket.gethostname().lower()


def _name(header: str) -> str:
    try:
        return (urlsplit(f"//{header}").hostname or "").rstrip(".")
    except ValueError:
        return ""  # nobody's


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
