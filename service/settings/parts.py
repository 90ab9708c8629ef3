"""Settings of `linewatch parts`; the rest of it are flags."""

from service.settings.logs import LogSettings
from service.settings.pages import PageSettings
from service.settings.record import RecordSettings


class PartsSettings(PageSettings, LogSettings, RecordSettings):
    """Log, topics and names of the pages: what `linewatch parts` shares with the other programs."""
