"""Settings of `linewatch follow`."""

from typing import Annotated

from pydantic import SecretStr

from service.settings.base import Optionally
from service.settings.logs import LogSettings
from service.settings.record import RecordSettings


class FollowSettings(LogSettings, RecordSettings):
    """All of `linewatch follow`; what it follows are flags."""

    webhook_secret: Annotated[SecretStr | None, Optionally] = None
    """Secret that signs what follow sends: whsec_ and the base64 of 24 to 64 random bytes; several, space-separated."""
