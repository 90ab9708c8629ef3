"""Addresses of brokers, as `host:port, host:port`."""

import re

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
