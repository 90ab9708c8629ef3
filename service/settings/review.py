"""Settings of `linewatch review`."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from service.environment.servers import check_proxy
from service.settings.base import Host, Optionally
from service.settings.record import ArchiveSettings
from service.settings.scoring import ServiceSettings

SHORTEST_TOKEN = 16
"""A token of random characters this long cannot be guessed."""


class ReviewSettings(ArchiveSettings, ServiceSettings):
    """All of `linewatch review`."""

    review_host: Host = "127.0.0.1"
    """Address that the review page listens on; any that others can reach needs a review_token."""
    review_port: int = Field(default=8001, ge=0, le=65535)
    """Port of the review page; 0 picks a free one and logs it."""
    review_token: Annotated[SecretStr | None, Optionally] = None
    """Secret that the review page asks for, at least 16 characters; without one only this machine may open it."""
    review_proxy: Annotated[str, AfterValidator(check_proxy)] = ""
    """Address of the proxy before the review page whose X-Forwarded-For and X-Forwarded-Proto are believed."""
    review_days: int = Field(default=30, ge=1, le=3650)
    """How many days of verdicts and reviews the review page looks back on."""
    reviewer: str = Field(default="", max_length=200)
    """Name of the person who reviews at this machine; without one the page asks."""
