"""Settings of `linewatch parts`; the rest of it are flags."""

from service.settings.logs import LogSettings
from service.settings.record import RecordSettings


class PartsSettings(LogSettings, RecordSettings):
    """How to log, and the topics: what `linewatch parts` shares with the other programs."""
