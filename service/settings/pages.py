"""Settings of whatever serves pages."""

from typing import Annotated

from pydantic import AfterValidator

from service.environment.servers import check_names
from service.settings.base import SettingsGroup


class PageSettings(SettingsGroup):
    """Who may ask for pages."""

    allowed_hosts: Annotated[str, AfterValidator(check_names)] = ""
    """More names that the pages may be called by, comma-separated; .example.org is all under it, * is any."""
