"""The webhook's address: https, or http where nobody else reads it, and no password in it."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from service.record.credentials import without_credentials
from service.settings.base import is_loopback

_WRITTEN = re.compile(r"[\x21-\x7e]{1,2000}")
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Address:
    """Where to send; `target` is path and query, `text` the whole for people, without secrets."""

    is_secure: bool
    host: str
    port: int
    target: str
    text: str


def read_address(url: str, *, plain_http: bool) -> Address:
    """The address in a URL.

    Args:
        url: as given.
        plain_http: whether http may lead to another machine.

    Raises:
        ValueError: it cannot be used; the message says why and what to do.
    """
    if _WRITTEN.fullmatch(url) is None:
        raise ValueError("expected a URL in ASCII without spaces, of at most 2000 characters; write others as %C3%A4")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ValueError(f"expected a URL such as https://mes.example.org/verdicts ({error})") from error
    if parts.scheme not in _PORTS or not host or port == 0 or parts.fragment:
        raise ValueError("expected a URL such as https://mes.example.org/verdicts, with no # in it")
    if parts.username is not None or parts.password is not None:
        raise ValueError(
            "expected no user or password in the URL, which everyone on this machine can read; "
            "leave them out: the receiver knows us by the signature"
        )
    _refuse_odd_host(host)
    if parts.scheme == "http" and not plain_http and not is_loopback(host):
        raise ValueError(
            "expected https, because anyone on the way can read verdicts sent by http; "
            "take https, or --plain-http where the network is yours alone"
        )
    path = parts.path or "/"
    target = f"{path}?{parts.query}" if parts.query else path
    return Address(parts.scheme == "https", host, port or _PORTS[parts.scheme], target, without_credentials(url, url))


def _refuse_odd_host(host: str) -> None:
    try:
        address = ip_address(host)
    except ValueError:
        return
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        raise ValueError(
            "expected the address of a receiver, found one that clouds keep their credentials under, or of no one "
            "machine; name the receiver"
        )
