"""URLs for people: without the user and the password that they may hold."""

import re
from urllib.parse import unquote

_USER = re.compile(r"(?<=://)[^/\s]*@")
_SECRET = re.compile(r"(?i)(?<=[?&;])([^=&;\s]*(?:key|secret|token|password|sig|credential)[^=&;\s]*)=[^&;\s]*")
_HIDDEN = "***"


def without_credentials(text: str, url: str = "") -> str:
    """A text in which no URL has its user, password or secret parameters.

    Args:
        text: a URL, or a message that may quote one.
        url: where given, its user and password are hidden wherever they stand in the text.
    """
    for user in _USER.findall(url):
        for secret in filter(None, user[:-1].split(":")[1:]):
            for written in {secret, unquote(secret)}:
                text = text.replace(written, _HIDDEN)
    return _SECRET.sub(rf"\1={_HIDDEN}", _USER.sub(f"{_HIDDEN}@", text))
