"""Addresses of brokers, as `host:port, host:port`; of a proxy; names of hosts."""

import re
from ipaddress import ip_address

DEFAULT_PORT, LAST_PORT = 9092, 65_535
_SERVER = re.compile(r"(?:\[(?P<v6>[0-9a-fA-F:.]+(?:%\w+)?)\]|(?P<host>[^\s:/\[\]@]{1,253}))(?::(?P<port>\d{1,5}))?")


def parse_servers(text: str) -> list[str]:
    """Split comma-separated addresses and check each: `host`, `host:port`, `[IPv6]` or `[IPv6]:port`.

    Raises:
        ValueError: with what was expected and what was found.
    """
    servers = [server for server in (each.strip() for each in text.split(",")) if server]
    if not servers:
        raise ValueError("expected at least one broker as host:port")
    for server in servers:
        if "://" in server:
            raise ValueError(
                "expected brokers as host:port, without a scheme (security_protocol says how to talk to them)"
            )
        found = _SERVER.fullmatch(server)
        if found is None:
            raise ValueError("expected brokers as host:port, comma-separated, an IPv6 address in brackets")
        if not 1 <= int(found["port"] or DEFAULT_PORT) <= LAST_PORT:
            raise ValueError("expected a port from 1 to 65535")
    return servers


def check_proxy(text: str) -> str:
    """Check that it is an IP address, as connections have, `*` or nothing.

    Raises:
        ValueError: with what was expected.
    """
    try:
        return str(ip_address(text)) if text not in ("", "*") else text
    except ValueError:
        raise ValueError("expected the IP address of a proxy, or * for any") from None


def check_names(text: str) -> str:
    """Check that these are comma-separated names, without a scheme, a port or a path.

    Raises:
        ValueError: with what was expected.
    """
    if re.search(r"[/:\[\]@]|[^\s,]\s+[^\s,]", text):
        raise ValueError("expected names of hosts, comma-separated, without a scheme, a port or a path")
    return text
