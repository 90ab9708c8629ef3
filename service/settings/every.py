"""All settings together, and variables that look like one and are none."""

from service.environment.names import oddities
from service.environment.sources import all_variables
from service.settings.follow import FollowSettings
from service.settings.record import InspectionSettings
from service.settings.review import ReviewSettings
from service.settings.run import RunSettings


class Settings(FollowSettings, ReviewSettings, InspectionSettings, RunSettings):
    """All settings."""


def odd_variables() -> list[str]:
    """A sentence for each variable that looks like a setting and is none."""
    return list(oddities(all_variables(), Settings.model_fields))
