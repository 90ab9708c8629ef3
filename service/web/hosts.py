"""The Host header: which names the pages answer to, so that no other site's name can be made to point here."""

import re
import socket
from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Flask, abort, request

from service.settings import is_loopback

_LABEL = re.compile(r"[a-z0-9_-]+")


def check_host(app: Flask, bound_to: str, allowed: str, only: Collection[str] | None = None) -> None:
    """Refuse requests by a name that is not this program's (DNS rebinding).

    Args:
        app: the application.
        bound_to: the address that it listens on.
        allowed: further names, comma-separated; `.example.org` is every name under it, `*` is any.
        only: the endpoints to check; all of them by default.
    """
    names = frozenset(name.strip().lower() for name in allowed.split(",") if name.strip())

    @app.before_request
    def refuse_other_names() -> None:
        header = request.environ.get("HTTP_HOST")  # browsers always send it
        if header is None or (only is not None and request.endpoint not in only):
            return
        name = _name(header)
        if not is_own(name, bound_to, names):
            abort(403, f"expected one of this program's names as host, found {name[:100]!r}; add it to allowed_hosts")


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
